import { reportSink } from '../../internal/services/sink.ts';
import { serveSinks } from '../../internal/shards/worker.ts';

/** The entry of a worker's thread, and the list of all sinks: a new feature adds its own here. */
export default serveSinks([reportSink]);
