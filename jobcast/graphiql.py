"""The GraphiQL page: tabs that enqueue an example job and watch it."""

from __future__ import annotations

import json
from string import Template

from tasks.registry import Registry

# Where the page's scripts come from; the Content-Security-Policy of the page allows no other.
CDN = "https://unpkg.com"

_ENQUEUE = {
    "track_ride": """mutation Enqueue {
  trackRide(input: {
    route: [
      {latitude: 52.5251, longitude: 13.3694}
      {latitude: 52.5219, longitude: 13.4132}
    ]
    timeScale: 10
  }) {
    ... on TrackRideAccepted { job { id status } }
    ... on Problem { message }
  }
}
""",
}

_GENERIC = """# Enqueue a job with one of the mutations: see the documentation on the left.
query Tasks {
  tasks { name mutation description }
}
"""

_LIST = """query Jobs {
  jobs(first: 10) {
    edges { node { id status attempt progress { fraction message } task { name } } }
  }
}
"""

_WATCH_ALL = """# Start this first, then enqueue in the first tab: every job of yours shows up here.
subscription WatchAll {
  jobs {
    __typename
    at
    job { id status progress { fraction message } }
  }
}
"""

_WATCH = """# Put in a job's id, as the mutation gave it; late is fine, nothing is missed.
subscription Watch($id: ID!) {
  job(id: $id) {
    __typename
    offset
    cursor
    job { status attempt progress { fraction message } }
  }
}
"""


def graphiql_page(registry: Registry) -> str:
    """The page for the API at the same address."""
    enqueue = next((text for name, text in _ENQUEUE.items() if name in registry), _GENERIC)
    tabs = [
        {"query": enqueue},
        {"query": _WATCH_ALL},
        {"query": _WATCH, "variables": json.dumps({"id": ""}, indent=2)},
        {"query": _LIST},
    ]
    # `<` must not end the script it stands in.
    return _PAGE.substitute(cdn=CDN, tabs=json.dumps(tabs).replace("<", "\\u003c"))


_PAGE = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Jobcast · GraphiQL</title>
<meta name="viewport" content="width=device-width">
<link rel="icon" href="data:,">
<style>body { margin: 0 } #graphiql { height: 100vh }</style>
<link rel="stylesheet" crossorigin href="$cdn/graphiql@3.8.3/graphiql.min.css"
 integrity="sha384-Mq3vbRBY71jfjQAt/DcjxUIYY33ksal4cgdRt9U/hNPvHBCaT2JfJ/PTRiPKf0aM">
<script crossorigin src="$cdn/react@18.2.0/umd/react.production.min.js"
 integrity="sha384-tMH8h3BGESGckSAVGZ82T9n90ztNXxvdwvdM6UoR56cYcf+0iGXBliJ29D+wZ/x8"></script>
<script crossorigin src="$cdn/react-dom@18.2.0/umd/react-dom.production.min.js"
 integrity="sha384-bm7MnzvK++ykSwVJ2tynSE5TRdN+xL418osEVF2DE/L/gfWHj91J2Sphe582B1Bh"></script>
</head>
<body>
<div id="graphiql">GraphiQL comes from $cdn, which cannot be reached.</div>
<script crossorigin src="$cdn/graphiql@3.8.3/graphiql.min.js"
 integrity="sha384-HbRVEFG0JGJZeAHCJ9Xm2+tpknBQ7QZmNlO/DgZtkZ0aJSypT96YYGRNod99l9Ie"></script>
<script>
  const url = location.href.split(/[?#]/)[0];
  const fetcher = GraphiQL.createFetcher({ url, subscriptionUrl: url.replace(/^http/, "ws") });
  ReactDOM.createRoot(document.getElementById("graphiql")).render(
    React.createElement(GraphiQL, {
      fetcher,
      defaultTabs: $tabs,
      isHeadersEditorEnabled: true,
      shouldPersistHeaders: false,
    }),
  );
</script>
</body>
</html>
""")
