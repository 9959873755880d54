import type { Config } from './config.ts';

/** The same error for the person at the terminal: it names the variable that decides, and keeps the error as its cause. */
export function explainListenError(error: unknown, { HOST, PORT }: Pick<Config, 'HOST' | 'PORT'>): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error;
  switch (error.code) {
    case 'EADDRINUSE':
      return new Error(
        `PORT ${PORT} is in use on HOST ${HOST}; stop what listens there, or set another PORT.`,
        {
          cause: error,
        },
      );
    case 'EACCES':
      return new Error(`PORT ${PORT} may not be listened on by this user; set a PORT of 1024 or more.`, {
        cause: error,
      });
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new Error(`HOST ${HOST} is no address of this machine (${error.code}).`, { cause: error });
    default:
      return error;
  }
}
