import { describe } from '../../internal/processes/describe.ts';
import { features } from '../minikom/features.ts';

// Prints the document that `GET /openapi.json` answers, for programs that want a file.
process.stdout.write(`${JSON.stringify(await describe(features), null, 2)}\n`);
