// GraphiQL itself, once its tabs are made.
import { explorerPlugin } from "@graphiql/plugin-explorer";
import { HISTORY_PLUGIN } from "@graphiql/plugin-history";
import { GraphiQL } from "graphiql";
import {
  buildClientSchema,
  getIntrospectionQuery,
  type GraphQLSchema,
  type IntrospectionQuery,
} from "graphql";
import { useEffect, useState } from "react";

import { request } from "../api/request";
import icon from "../icon.svg";
import { pathOf } from "../router";
import { Schema, type NamedType } from "../schema/schema";
import { theme } from "../shell/theme";
import { text } from "../text";
import { fetcher } from "./fetcher";
import { FILES_PANE } from "./files";
import { readyTabs, type Tab } from "./tabs";

const plugins = [HISTORY_PLUGIN, explorerPlugin(), FILES_PANE]; // beside the documentation

interface Ready {
  tabs: Tab[];
  schema?: GraphQLSchema;
}

interface Tasks {
  tasks: { name: string; mutation: string | null }[];
}

async function prepare(): Promise<Ready> {
  const [{ data }, tasks] = await Promise.all([
    request<IntrospectionQuery>(getIntrospectionQuery()),
    request<Tasks>("{ tasks { name mutation } }"),
  ]);
  const types = data!.__schema.types as unknown as NamedType[];
  return {
    tabs: readyTabs(new Schema(types), tasks.data?.tasks ?? []),
    schema: buildClientSchema(data!),
  };
}

export function Playground() {
  const [ready, setReady] = useState<Ready | null>(null);

  useEffect(() => {
    // It is of use without, and asks itself for the schema then, and says what is wrong.
    prepare().then(setReady, () => setReady({ tabs: [] }));
  }, []);

  if (ready === null) return null;
  const chosen = theme();
  return (
    <GraphiQL
      fetcher={fetcher}
      schema={ready.schema}
      plugins={plugins}
      defaultTabs={ready.tabs}
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
