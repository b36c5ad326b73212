// What is around every page: where one can go, who one is, and whether the connection stands.
import { useState, type ReactNode } from "react";

import icon from "../icon.svg";
import { Link } from "../parts/Link";
import { pathOf, useLocation } from "../router";
import { signOut, useCredentials } from "../session/credentials";
import { useViewer } from "../session/viewer";
import { text } from "../text";
import { Banner } from "./Banner";
import { setTheme, theme, THEMES } from "./theme";

export function Shell({ children }: { children: ReactNode }) {
  return (
    <>
      <a className="skip" href="#content">
        {text.skip}
      </a>
      <Header />
      <Banner />
      <main id="content" tabIndex={-1}>
        {children}
      </main>
    </>
  );
}

function Header() {
  const viewer = useViewer();
  const { token, watching, job } = useCredentials();
  return (
    <header className="top">
      <Link
        href={job === null ? pathOf.jobs : pathOf.job(job)}
        className="brand"
        aria-label={text.product}
      >
        <img src={icon} alt="" width="24" height="24" />
        <span>{text.product}</span>
      </Link>
      {!watching && <Pages />}
      <div className="who">
        {watching && <span className="quiet">{text.nav.watching}</span>}
        {viewer && (
          <span className="viewer" title={viewer.id}>
            {viewer.id}
            {viewer.admin && <span className="tag">{text.nav.admin}</span>}
          </span>
        )}
        <Theme />
        {token !== null && (
          <button className="plain" onClick={signOut}>
            {text.nav.signOut}
          </button>
        )}
      </div>
    </header>
  );
}

function Pages() {
  const { pathname } = useLocation();
  const viewer = useViewer();
  const pages = [
    {
      href: pathOf.jobs,
      name: text.nav.jobs,
      here: pathname === "/" || /^\/jobs\//.test(pathname),
    },
    { href: pathOf.new(), name: text.nav.new, here: /^\/new/.test(pathname) },
    // Only admins may see it, and its address tells others so.
    ...(viewer?.admin
      ? [{ href: pathOf.overview, name: text.nav.overview, here: pathname === pathOf.overview }]
      : []),
  ];
  return (
    <nav aria-label={text.nav.label}>
      {pages.map(({ href, name, here }) => (
        <Link key={href} href={href} aria-current={here ? "page" : undefined}>
          {name}
        </Link>
      ))}
      <a href={pathOf.graphiql}>{text.nav.graphiql}</a>
    </nav>
  );
}

function Theme() {
  const [chosen, setChosen] = useState(theme);
  const next = THEMES[(THEMES.indexOf(chosen) + 1) % THEMES.length]!;
  const label = `${text.nav.theme}: ${text.nav.themes[chosen]}`;

  function change() {
    setTheme(next);
    setChosen(next);
  }

  return (
    <button className="plain icon" onClick={change} aria-label={label} title={label}>
      <svg viewBox="0 0 16 16" aria-hidden="true">
        <circle cx="8" cy="8" r="5.5" />
        {chosen === "auto" && <path d="M8 2.5a5.5 5.5 0 0 1 0 11z" className="full" />}
        {chosen === "dark" && <circle cx="8" cy="8" r="5.5" className="full" />}
      </svg>
    </button>
  );
}
