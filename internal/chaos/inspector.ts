import { EventEmitter, once } from 'node:events';

import { WebSocket } from 'ws';
import { z } from 'zod';

const message = z.looseObject({
  id: z.number().optional(),
  method: z.string().optional(),
  params: z.looseObject({ sessionId: z.string().optional() }).optional(),
});

const ENABLE = 1;
const RUN = 2;

/**
 * Makes a thread of a program run a piece of code, as a debugger would. `errors` is what the program wrote to its
 * standard error, where Node.js says how its debugger is reached; `pick` chooses one of so many threads.
 */
export async function runInThread(
  errors: string,
  pick: (threads: number) => number,
  code: string,
): Promise<void> {
  const [url] = /ws:\/\/\S+/.exec(errors) ?? [];
  if (url === undefined) throw new Error('the program has no debugger');
  const socket = new WebSocket(url);
  const news = new EventEmitter();
  const sessions: string[] = [];
  socket.on('message', (text: Buffer) => {
    const { id, method, params } = message.parse(JSON.parse(text.toString()));
    if (method === 'NodeWorker.attachedToWorker' && params?.sessionId !== undefined)
      sessions.push(params.sessionId);
    if (id !== undefined) news.emit(String(id));
  });
  await once(socket, 'open');
  const call = async (id: number, method: string, params: object): Promise<void> => {
    const answered = once(news, String(id));
    socket.send(JSON.stringify({ id, method, params }));
    await answered;
  };
  // Threads that are there already are told of before the answer.
  await call(ENABLE, 'NodeWorker.enable', { waitForDebuggerOnStart: false });
  const sessionId = sessions[pick(sessions.length)];
  if (sessionId === undefined) throw new Error('the program has no threads');
  const evaluate = { id: 1, method: 'Runtime.evaluate', params: { expression: code } };
  await call(RUN, 'NodeWorker.sendMessageToWorker', { sessionId, message: JSON.stringify(evaluate) });
  const closed = once(socket, 'close');
  socket.close();
  await closed;
}
