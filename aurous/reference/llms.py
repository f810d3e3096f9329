"""``/llms.txt``: where a program that reads finds everything, as llmstxt.org lays down."""

from django.conf import settings

from aurous.reference.site import Site


def llms_txt() -> str:
    """The index of the default version, with absolute URLs to the Markdown twins."""
    site = Site(settings.API_DEFAULT_VERSION)
    base = settings.AUROUS_PUBLIC_URL
    lines = [
        "# Aurous",
        "",
        f"> A paid embeddings API that speaks OpenAI's dialect. {site.promise} "
        f"Base URL: {site.base_url}",
        "",
        "Send a key as `Authorization: Bearer al_live_…`. A request that fails is never charged. "
        "`Idempotency-Key` makes a retry safe.",
        "",
        "## Start",
        "",
        f"- [Quickstart]({base}/docs.md): a first request with curl, Python, JavaScript, LangChain",
        "",
    ]
    for group, links in site.groups:
        lines += [f"## {group}", ""]
        for link in links:
            named = "; ".join(title for title, _ in link.inner)
            about = f": {named}" if named else ""
            lines.append(f"- [{link.title}]({base}{link.twin or link.url}){about}")
        lines.append("")
    return "\n".join(lines)
