import { applying } from './lines/apply.ts';
import { testWriting } from './write-suite.ts';

testWriting(applying);
