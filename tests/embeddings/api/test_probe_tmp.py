import time, json, pytest
from django.test import Client
from tests.accounts.flush import let_flush_pass_triggers
let_flush_pass_triggers()
from embeddings import runtime, catalog
from billing import prices
from accounts import caller_cache
from billing.teams import open_team
from accounts.actors import system_actor
from aurous.kernel.money import parse_credits

@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.parametrize("n", range(5))
def test_x(n):
    catalog.forget(); prices.forget(); caller_cache.forget_all()
    t=time.perf_counter()
    team,key=open_team("T",owner_email=None,credits_nano=parse_credits("1"),actor=system_actor("t"))
    t1=time.perf_counter()
    c=Client()
    for i in range(4):
        r=c.post("/v1/embeddings",data=json.dumps({"model":"aurous-stub","input":"hello"}),content_type="application/json",HTTP_AUTHORIZATION=f"Bearer {key.text}")
        assert r.status_code==200, r.content
        print(time.perf_counter()-t1, r["Server-Timing"])
    t2=time.perf_counter()
    runtime.stop()
    print("open",t1-t,"reqs",t2-t1,"stop",time.perf_counter()-t2)
