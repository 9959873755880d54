import '../../internal/program/navigator.ts';
import { serveSinks } from '../../internal/shards/worker.ts';
import { features } from './features.ts';

const sinks = (await Promise.all(features.flatMap(({ sinks }) => (sinks ? [sinks()] : [])))).flat();

/** The entry of a worker's thread. */
export default serveSinks(sinks);
