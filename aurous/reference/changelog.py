"""The changelog: what each version changed, out of the change classes, and what was added."""

import re

from django.conf import settings

from aurous.http.versions import registry


def changelog() -> str:
    """As Markdown, newest version first; then ``CHANGELOG.md`` below its title."""
    parts = ["# Changelog\n"]
    for version in reversed(registry.versions()):
        parts.append(f"## Version {version}\n")
        changes = [change for change in registry.CHANGES if change.date == version]
        parts += [f"### {change.title}\n\n{change.why}\n" for change in changes]
        if not changes:
            parts.append("The first version.\n")
    parts.append("## What was added\n")
    parts.append("Additions reach every version.\n")
    text = (settings.BASE_DIR / "CHANGELOG.md").read_text()
    below = text[text.index("\n## ") + 1 :]
    parts.append(re.sub(r"^##", "###", below, flags=re.MULTILINE))
    return "\n".join(parts)
