// All jobs that one may see, live.
import { useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";

import { Link } from "../parts/Link";
import { Notice } from "../parts/Notice";
import { navigate, pathOf, useLocation } from "../router";
import { useViewer } from "../session/viewer";
import { text } from "../text";
import { JobsFeed } from "./feed";
import { finder, forServer, fromAddress, isEmpty, toAddress, type Filter } from "./filter";
import { Filters } from "./Filters";
import { JobList } from "./JobList";
import { StatusFilter } from "./StatusFilter";

// What the API has no filter for is looked for in what was read: so much is read by itself.
const READ_TO_FIND = 2_000; // jobs
const ENOUGH = 50; // jobs found: more than fit on a screen

export function JobsPage() {
  const filter = fromAddress(useLocation().searchParams);
  const change = (to: Filter) => navigate(toAddress(to), { replace: true });
  return (
    <div className="jobs-page">
      <div className="title">
        <h1>{text.jobs.title}</h1>
        <Link href={pathOf.new()} className="button primary">
          {text.nav.new}
        </Link>
      </div>
      <StatusFilter filter={filter} onChange={change} />
      <Filters filter={filter} onChange={change} />
      <Listed key={JSON.stringify(forServer(filter))} filter={filter} />
    </div>
  );
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

  const search = JSON.stringify([filter.owner, filter.text]);
  const found = useMemo(() => {
    const find = finder(filter);
    return find === null ? state.rows : state.rows.filter(find);
  }, [state.rows, search]);
  const searching = finder(filter) !== null;
  const searchOn = searching && found.length < ENOUGH && state.rows.length < READ_TO_FIND;
  useEffect(() => {
    if (searchOn && state.hasMore && !state.loading) feed.loadMore();
  }, [searchOn, state]);

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
  if (found.length === 0 && !state.loading && !state.hasMore) return <Empty filter={filter} />;
  return (
    <JobList
      rows={found}
      fresh={state.fresh}
      owners={admin}
      loading={state.loading}
      hasMore={state.hasMore}
      onEnd={searching ? undefined : () => feed.loadMore()}
      onHold={(hold) => feed.setHold(hold)}
      onFresh={() => feed.showFresh()}
      foot={
        searching && state.hasMore && !searchOn && !state.loading ? (
          <>
            {text.jobs.searched(state.rows.length)}{" "}
            <button onClick={() => feed.loadMore()}>{text.jobs.searchOn}</button>
          </>
        ) : (
          text.jobs.shown(found.length, state.hasMore)
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
