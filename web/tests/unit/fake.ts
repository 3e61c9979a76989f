// SPDX-License-Identifier: AGPL-3.0-or-later
/** A server of recorded answers: what each request got, in order, and what was asked. */
import { Transport, type Fetch } from '$kit/core/api/transport';
import type { WireContext } from '$kit/core/api/types';

export interface Asked {
  name: string;
  body: Record<string, unknown>;
  context: Record<string, unknown>;
}

export type Answerer = (asked: Asked) => object | { fault: string } | Promise<object>;

export function fakeServer(answer: Answerer, context: () => WireContext = () => ({})) {
  const asked: Asked[] = [];
  const fetch: Fetch = async (_url, init) => {
    const envelope = JSON.parse(String(init.body)) as {
      Header: { context: Record<string, unknown> };
      Body: Record<string, Record<string, unknown>>;
    };
    const [element, body] = Object.entries(envelope.Body)[0] ?? ['', {}];
    const request: Asked = { name: element.replace('Request', ''), body, context: envelope.Header.context };
    asked.push(request);
    const result = await answer(request);
    const Body =
      'fault' in result
        ? { Fault: { Reason: { Text: 'no' }, Detail: { Error: { Code: result.fault } } } }
        : { [`${request.name}Response`]: result };
    return new Response(JSON.stringify({ Header: { context: context() }, Body }), {
      status: 'fault' in result ? 500 : 200,
    });
  };
  return { fetch, asked, names: () => asked.map((a) => a.name) };
}

export function fakeTransport(answer: Answerer, context?: () => WireContext) {
  const { fetch, ...rest } = fakeServer(answer, context);
  return { transport: new Transport(fetch), ...rest };
}

/** Waits for a condition instead of a time. */
export async function until(condition: () => boolean, what = 'condition'): Promise<void> {
  const end = Date.now() + 5_000;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`never: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
