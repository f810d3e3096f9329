"""People who log in: to the dashboard, and, where ``is_staff``, to the admin."""

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.validators import validate_email
from django.db import models
from django.db.models.functions import Lower, Now

if TYPE_CHECKING:
    _EmailField = models.EmailField[str, str]
else:  # the class takes no arguments when it runs
    _EmailField = models.EmailField


class LowercaseEmailField(_EmailField):
    """An address that is stored and looked up in lower case, so that one person has one row.

    The lower case is in the field, not in a form: every way in (ORM, login, admin) meets it.
    """

    def deconstruct(self) -> Any:
        """To a migration this is a plain address: the column is the same."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.EmailField", args, kwargs

    def to_python(self, value: Any) -> Any:
        """The address as it will be stored."""
        return _lowered(super().to_python(value))

    def get_prep_value(self, value: Any) -> Any:
        """The address as a query compares it."""
        return _lowered(super().get_prep_value(value))

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        """Make the object in memory agree with the row that is being written."""
        value = _lowered(super().pre_save(model_instance, add))
        setattr(model_instance, self.attname, value)
        return value


def _lowered(value: Any) -> Any:
    return value.strip().lower() if isinstance(value, str) else value


class UserManager(BaseUserManager["User"]):
    """Makes people; an address is checked before it is stored."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """One person. Without a password nobody can log in as them until one is set.

        Raises ``ValidationError`` for text that is no address.
        """
        validate_email(_lowered(email))
        user = self.model(email=email, **fields)
        user.set_password(password)
        user.save(using=self._db)
        self.vouch_for(user)
        return user

    def vouch_for(self, user: "User") -> None:
        """An operator says whose address this is: it becomes the only one of this person.

        Verified where they have a password, which the operator gave them. Without one they prove
        it themselves: resetting the password sends a code there.
        """
        from allauth.account.models import EmailAddress  # its table refers to this model's

        mine = EmailAddress.objects.using(self._db).filter(user=user)
        mine.exclude(email=user.email).delete()
        told = {"primary": True, "verified": user.has_usable_password()}
        mine.update_or_create(email=user.email, defaults={"user": user, **told})

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """One operator who may do everything in the admin."""
        flags = {"is_staff": True, "is_superuser": True}
        return self.create_user(email, password, **{**fields, **flags})


class User(AbstractBaseUser, PermissionsMixin):
    """One row is one person, known by an e-mail address. Switched off rather than deleted."""

    email = LowercaseEmailField(max_length=254, unique=True)
    name = models.CharField(max_length=128, blank=True, default="")
    is_active = models.BooleanField(default=True, help_text="Off: this person cannot log in.")
    is_staff = models.BooleanField(default=False, help_text="May open the admin.")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~models.Q(email=""), name="user_email_not_empty"),
            # Together with the unique index: no second row that differs in case only.
            models.CheckConstraint(
                condition=models.Q(email=Lower("email")), name="user_email_lower_case"
            ),
        ]
        permissions = [("reset_second_factor", "Can reset a person's lost second factor")]

    def get_short_name(self) -> str:
        """What to call this person in a page's corner."""
        return self.name or self.email
