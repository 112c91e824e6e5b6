import { changing } from './lines/objects.ts';
import { testWriting } from './write-suite.ts';

testWriting(changing);
