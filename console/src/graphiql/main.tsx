// GraphiQL's page: the API to try out, with the documentation, the history and the explorer.
import "graphiql/setup-workers/vite";
import "graphiql/style.css";
import "@graphiql/plugin-explorer/style.css";
import "../styles/tokens.css";
import "../styles/base.css";
import "../styles/shell.css";
import "../styles/graphiql.css";
import { createRoot } from "react-dom/client";

import { Session } from "../session/Session";
import { applyTheme } from "../shell/theme";
import { Playground } from "./Playground";

applyTheme();
createRoot(document.getElementById("root")!).render(
  <Session>
    <Playground />
  </Session>,
);
