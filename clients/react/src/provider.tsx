/** The transport that the hooks below it use. */
import { createContext, useContext, type ReactNode } from 'react';
import type { Transport } from './transport.js';

const TransportContext = createContext<Transport | undefined>(undefined);

export function JobcastProvider(props: { transport: Transport; children?: ReactNode }): ReactNode {
  return (
    <TransportContext.Provider value={props.transport}>{props.children}</TransportContext.Provider>
  );
}

/** The transport of the nearest `JobcastProvider`; throws where there is none. */
export function useTransport(): Transport {
  const transport = useContext(TransportContext);
  if (transport === undefined) {
    throw new Error('Jobcast: put <JobcastProvider transport={…}> around what uses its hooks.');
  }
  return transport;
}
