// The viewer, as the server knows them.
import { createContext, useContext } from "react";

import type { ViewerQuery } from "../generated/graphql";

export type Viewer = ViewerQuery["viewer"];

/** What pages get; null for those who watch one job by a link. */
export const ViewerContext = createContext<Viewer | null>(null);

export const useViewer = (): Viewer | null => useContext(ViewerContext);
