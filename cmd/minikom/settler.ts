import '../../internal/program/navigator.ts';
import { serveSettling } from '../../internal/services/settling/settle-thread.ts';
import { collectWhenQuiet } from '../../internal/threads/collect-when-quiet.ts';

// It never ends for want of work, unlike workers and parsers.
collectWhenQuiet();

/** The entry of the thread that follows and settles what is pending. */
export default serveSettling();
