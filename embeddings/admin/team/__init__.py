"""Everything about a team on one page. It stands here, above all that it tells of."""
