/** Sends questions over HTTP: no redirects, no compression, limits on time and size. */
import * as http from 'node:http';
import * as https from 'node:https';
import type { Answer, Question } from './questions.js';
import { ANSWER_MAX, PATIENCE } from './terms.js';

const HEADERS_MAX = 16_384;

/** Carries questions. A test may have another one. */
export interface Asks {
  /** The answer, within {@link PATIENCE}. Rejects with {@link SilenceError}. */
  ask(question: Question): Promise<Answer>;
  /** Closes what is open. */
  close(): void;
}

/** No answer that can be believed came; the message says why. */
export class SilenceError extends Error {}

/** A connection that was kept and that the service had closed: that is no silence. */
class SpentError extends Error {}

/** Connections to the service, which are kept. */
export class Wire implements Asks {
  readonly #url: string;
  readonly #agent: http.Agent;
  readonly #own: boolean;
  readonly #request: typeof http.request;

  constructor(url: string, agent?: http.Agent) {
    const tls = url.startsWith('https:');
    this.#url = url;
    this.#own = agent === undefined;
    this.#agent = agent ?? new (tls ? https : http).Agent({ keepAlive: true, maxFreeSockets: 1 });
    this.#request = (tls ? https : http).request;
  }

  async ask(question: Question): Promise<Answer> {
    const deadline = performance.now() + PATIENCE * 1000;
    for (;;) {
      try {
        return await this.#once(question, deadline);
      } catch (error) {
        if (!(error instanceof SpentError) || performance.now() >= deadline)
          throw error instanceof SilenceError ? error : new SilenceError(String(error));
      }
    }
  }

  close(): void {
    if (this.#own) this.#agent.destroy();
  }

  #once(question: Question, deadline: number): Promise<Answer> {
    const headers = {
      Accept: 'application/json',
      'Accept-Encoding': 'identity',
      'User-Agent': 'tigertally-verify-node',
      ...question.headers,
    };
    const options = { agent: this.#agent, headers, maxHeaderSize: HEADERS_MAX };
    return new Promise((resolve, reject) => {
      const request = this.#request(this.#url + question.path, options);
      const end = (error: Error): void => {
        clearTimeout(timer);
        reject(error);
        request.destroy();
      };
      const timer = setTimeout(
        () => end(new SilenceError('no answer in time')),
        Math.max(0, deadline - performance.now()),
      );
      request.on('error', (error: NodeJS.ErrnoException) => {
        const spent = request.reusedSocket && /^(ECONNRESET|EPIPE)$/.test(error.code ?? '');
        end(spent ? new SpentError(error.message) : new SilenceError(error.code ?? error.message));
      });
      request.on('response', (response) => {
        receive(response, end, (answer) => {
          clearTimeout(timer);
          resolve(answer);
        });
      });
      request.end();
    });
  }
}

/** Reads an answer, as far as one of ours can go. */
function receive(
  response: http.IncomingMessage,
  fail: (error: Error) => void,
  done: (answer: Answer) => void,
): void {
  const { 'content-encoding': encoding = 'identity', 'tally-feed-proof': proof } = response.headers;
  if (encoding !== 'identity') {
    fail(new SilenceError('the answer is compressed, which was not asked for'));
    return;
  }
  const pieces: Buffer[] = [];
  let length = 0;
  response.on('data', (piece: Buffer) => {
    pieces.push(piece);
    length += piece.length;
    if (length > ANSWER_MAX)
      fail(new SilenceError(`the answer is longer than ${ANSWER_MAX} bytes`));
  });
  response.on('error', (error) => fail(new SilenceError(`the answer was cut: ${error.message}`)));
  response.on('end', () =>
    done({
      status: response.statusCode ?? 0,
      body: Buffer.concat(pieces),
      proof: typeof proof === 'string' ? proof : undefined,
    }),
  );
}
