import { serveParsers } from '../../internal/parsing/parser-thread.ts';
import { features } from './features.ts';

const parsers = await Promise.all(features.flatMap(({ parsers }) => (parsers ? [parsers()] : [])));

/** The entry of the thread that parses large bodies. */
export default serveParsers(parsers.flat());
