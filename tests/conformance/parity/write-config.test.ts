import { configuring } from './lines/config.ts';
import { testWriting } from './write-suite.ts';

testWriting(configuring);
