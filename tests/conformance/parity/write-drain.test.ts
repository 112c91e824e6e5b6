import { draining } from './lines/drain.ts';
import { testWriting } from './write-suite.ts';

testWriting(draining);
