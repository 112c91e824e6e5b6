import { access } from './lines/access.ts';
import { testWriting } from './write-suite.ts';

testWriting(access);
