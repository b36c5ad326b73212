// GraphiQL itself, once its tabs are made.
import { explorerPlugin } from "@graphiql/plugin-explorer";
import { HISTORY_PLUGIN } from "@graphiql/plugin-history";
import { GraphiQL } from "graphiql";
import { useEffect, useState } from "react";

import { request } from "../api/request";
import icon from "../icon.svg";
import { pathOf } from "../router";
import { loadSchema } from "../schema/schema";
import { theme } from "../shell/theme";
import { text } from "../text";
import { fetcher } from "./fetcher";
import { FILES_PANE } from "./files";
import { readyTabs, type Tab } from "./tabs";

const plugins = [HISTORY_PLUGIN, explorerPlugin(), FILES_PANE]; // beside the documentation

interface Tasks {
  tasks: { name: string; mutation: string | null }[];
}

export function Playground() {
  const [tabs, setTabs] = useState<Tab[] | null>(null);

  useEffect(() => {
    const tasks = request<Tasks>("{ tasks { name mutation } }");
    void Promise.all([loadSchema(), tasks])
      .then(([schema, answer]) => setTabs(readyTabs(schema, answer.data?.tasks ?? [])))
      .catch(() => setTabs([])); // it is of use without them, and says itself what is wrong
  }, []);

  if (tabs === null) return null;
  const chosen = theme();
  return (
    <GraphiQL
      fetcher={fetcher}
      plugins={plugins}
      defaultTabs={tabs}
      defaultTheme={chosen === "auto" ? null : chosen}
      defaultEditorToolsVisibility="variables"
    >
      <GraphiQL.Logo>
        <a className="brand" href={pathOf.jobs} title={text.graphiql.back}>
          <img src={icon} alt="" width="22" height="22" />
          <span>{text.product}</span>
        </a>
      </GraphiQL.Logo>
    </GraphiQL>
  );
}
