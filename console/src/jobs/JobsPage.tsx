// All jobs that one may see, live.
import { useEffect, useRef, useState, useSyncExternalStore } from "react";

import { Link } from "../parts/Link";
import { Notice } from "../parts/Notice";
import { navigate, pathOf, useLocation } from "../router";
import { useViewer } from "../session/viewer";
import { text } from "../text";
import { JobsFeed } from "./feed";
import {
  forServer,
  fromAddress,
  isEmpty,
  STATUSES,
  toAddress,
  unknownStatuses,
  type Filter,
} from "./filter";
import { Filters } from "./Filters";
import { JobList } from "./JobList";
import { StatusFilter } from "./StatusFilter";

// Where few jobs pass the filter, a page of the API is short, for it has looked at 2,000 of them:
// so far is looked by itself, and further when somebody asks for it.
const SHORT_PAGES = 5;
const TYPING = 250; // ms without a key, until what was typed is asked for

export function JobsPage() {
  const { searchParams } = useLocation();
  const filter = fromAddress(searchParams);
  const unknown = unknownStatuses(searchParams);
  const asked = useTyped(filter);
  const change = (to: Filter) => navigate(toAddress(to), { replace: true });
  return (
    <div className="jobs-page">
      <div className="title">
        <h1>{text.jobs.title}</h1>
        <Link href={pathOf.new()} className="button primary">
          {text.nav.new}
        </Link>
      </div>
      {unknown.length > 0 && (
        <p className="problem" role="alert">
          {text.jobs.noStatus(
            unknown,
            STATUSES.map((status) => status.toLowerCase()),
          )}
        </p>
      )}
      <StatusFilter filter={filter} onChange={change} />
      <Filters filter={filter} onChange={change} />
      <Listed key={JSON.stringify(forServer(asked))} filter={asked} />
    </div>
  );
}

/** The filter as it is once nobody types in it. */
function useTyped(filter: Filter): Filter {
  const { text, tag, owner } = filter;
  const [typed, setTyped] = useState({ text, tag, owner });
  useEffect(() => {
    const timer = setTimeout(() => setTyped({ text, tag, owner }), TYPING);
    return () => clearTimeout(timer);
  }, [text, tag, owner]);
  return { ...filter, ...typed };
}

function Listed({ filter }: { filter: Filter }) {
  const server = JSON.stringify(forServer(filter));
  const [feed, setFeed] = useState(() => new JobsFeed(JSON.parse(server)));
  const started = useRef<JobsFeed>(null);
  useEffect(() => {
    // A feed that was ended does not begin again: React may mount twice.
    const running = started.current === feed ? new JobsFeed(JSON.parse(server)) : feed;
    started.current = running;
    if (running !== feed) setFeed(running);
    return running.start();
  }, [server]);
  const state = useSyncExternalStore(feed.subscribe, feed.current);
  const admin = useViewer()?.admin ?? false;

  const far = state.short >= SHORT_PAGES;

  if (state.error !== null && state.rows.length === 0) {
    return (
      <Notice
        title={text.errors.unknown}
        action={<button onClick={() => feed.retry()}>{text.tryAgain}</button>}
        error
      >
        {state.error}
      </Notice>
    );
  }
  if (state.rows.length === 0 && !state.loading && !state.hasMore) return <Empty filter={filter} />;
  return (
    <JobList
      rows={state.rows}
      fresh={state.fresh}
      owners={admin}
      loading={state.loading}
      hasMore={state.hasMore}
      onEnd={far ? undefined : () => feed.loadMore()}
      onHold={(hold) => feed.setHold(hold)}
      onFresh={() => feed.showFresh()}
      foot={
        far && !state.loading ? (
          <>
            {text.jobs.searched(state.rows.length)}{" "}
            <button onClick={() => feed.loadMore(true)}>{text.jobs.searchOn}</button>
          </>
        ) : (
          text.jobs.shown(state.rows.length, state.hasMore)
        )
      }
    />
  );
}

function Empty({ filter }: { filter: Filter }) {
  if (!isEmpty(filter)) {
    const clear = <button onClick={() => navigate(pathOf.jobs)}>{text.jobs.clear}</button>;
    return (
      <Notice title={text.jobs.nothing.title} action={clear}>
        {text.jobs.nothing.body}
      </Notice>
    );
  }
  const make = (
    <Link href={pathOf.new()} className="button primary">
      {text.jobs.empty.action}
    </Link>
  );
  return (
    <Notice title={text.jobs.empty.title} action={make}>
      {text.jobs.empty.body}
    </Notice>
  );
}
