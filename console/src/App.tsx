// Which page is shown. The jobs page comes at once; the others when they are asked for.
import { lazy, Suspense, useEffect } from "react";

import { JobsPage } from "./jobs/JobsPage";
import { Link } from "./parts/Link";
import { Notice } from "./parts/Notice";
import { navigate, pathOf, routeOf, useLocation } from "./router";
import { useCredentials } from "./session/credentials";
import { Session } from "./session/Session";
import { Shell } from "./shell/Shell";
import { text } from "./text";

const JobPage = lazy(() => import("./job/JobPage"));
const NewPage = lazy(() => import("./new/NewPage"));
const OverviewPage = lazy(() => import("./overview/OverviewPage"));

export function App() {
  return (
    <Session>
      <Shell>
        <Suspense fallback={<p className="quiet wait">{text.loading}</p>}>
          <Page />
        </Suspense>
      </Shell>
    </Session>
  );
}

function Page() {
  const { pathname } = useLocation();
  const route = routeOf(pathname);
  // A link shows one job: every other address leads back to it.
  const { job } = useCredentials();
  const astray = job !== null && !(route.page === "job" && route.id === job);

  useEffect(() => {
    if (astray) navigate(pathOf.job(job), { replace: true });
  }, [astray, job]);

  useEffect(() => {
    const titles = { jobs: text.jobs.title, new: text.nav.new, overview: text.nav.overview };
    const title = route.page in titles ? titles[route.page as keyof typeof titles] : null;
    if (title !== null) document.title = `${title} · ${text.product}`;
  }, [pathname]);

  if (astray) return null;
  switch (route.page) {
    case "jobs":
      return <JobsPage />;
    case "job":
      return <JobPage key={route.id} id={route.id} />;
    case "new":
      return <NewPage task={route.task} />;
    case "overview":
      return <OverviewPage />;
    default:
      return (
        <Notice
          title={text.nowhere.title}
          action={
            <Link href={pathOf.jobs} className="button">
              {text.nowhere.action}
            </Link>
          }
        >
          {text.nowhere.body}
        </Notice>
      );
  }
}
