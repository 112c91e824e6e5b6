import { creating } from './lines/create.ts';
import { testWriting } from './write-suite.ts';

testWriting(creating);
