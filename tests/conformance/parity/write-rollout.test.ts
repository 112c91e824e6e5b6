import { rollingOut } from './lines/rollout.ts';
import { testWriting } from './write-suite.ts';

testWriting(rollingOut);
