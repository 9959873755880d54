import { serveSettling } from '../../internal/services/settling/settle-thread.ts';

/** The entry of the thread that follows and settles what is pending. */
export default serveSettling();
