// Names for containers that were given none: an adjective and the surname of somebody who mattered to science or
// computing. Data and scheme: moby 28 pkg/namesgenerator.
import type { Stream } from '../../engine/random.ts';

const adjectives: readonly string[] = [
  ...'admiring adoring affectionate agitated amazing angry awesome beautiful blissful bold boring brave busy'.split(
    ' ',
  ),
  ...'charming clever compassionate competent condescending confident cool cranky crazy dazzling determined'.split(' '),
  ...'distracted dreamy eager ecstatic elastic elated elegant eloquent epic exciting fervent festive flamboyant'.split(
    ' ',
  ),
  ...'focused friendly frosty funny gallant gifted goofy gracious great happy hardcore heuristic hopeful hungry'.split(
    ' ',
  ),
  ...'infallible inspiring intelligent interesting jolly jovial keen kind laughing loving lucid magical modest'.split(
    ' ',
  ),
  ...'musing mystifying naughty nervous nice nifty nostalgic objective optimistic peaceful pedantic pensive'.split(' '),
  ...'practical priceless quirky quizzical recursing relaxed reverent romantic sad serene sharp silly sleepy stoic'.split(
    ' ',
  ),
  ...'strange stupefied suspicious sweet tender thirsty trusting unruffled upbeat vibrant vigilant vigorous'.split(' '),
  ...'wizardly wonderful xenodochial youthful zealous zen'.split(' '),
];

const surnames: readonly string[] = [
  ...'agnesi albattani allen almeida antonelli archimedes ardinghelli aryabhata austin babbage banach banzai'.split(
    ' ',
  ),
  ...'bardeen bartik bassi beaver bell benz bhabha bhaskara black blackburn blackwell bohr booth borg bose bouman'.split(
    ' ',
  ),
  ...'boyd brahmagupta brattain brown buck burnell cannon carson cartwright carver cerf chandrasekhar chaplygin'.split(
    ' ',
  ),
  ...'chatelet chatterjee chaum chebyshev clarke cohen colden cori cray curie curran darwin davinci dewdney dhawan'.split(
    ' ',
  ),
  ...'diffie dijkstra dirac driscoll dubinsky easley edison einstein elbakyan elgamal elion ellis engelbart euclid'.split(
    ' ',
  ),
  ...'euler faraday feistel fermat fermi feynman franklin gagarin galileo galois ganguly gates gauss germain'.split(
    ' ',
  ),
  ...'goldberg goldstine goldwasser golick goodall gould greider grothendieck haibt hamilton haslett hawking'.split(
    ' ',
  ),
  ...'heisenberg hellman hermann herschel hertz heyrovsky hodgkin hofstadter hoover hopper hugle hypatia ishizaka'.split(
    ' ',
  ),
  ...'jackson jang jemison jennings jepsen johnson joliot jones kalam kapitsa kare keldysh keller kepler khayyam'.split(
    ' ',
  ),
  ...'khorana kilby kirch knuth kowalevski lalande lamarr lamport leakey leavitt lederberg lehmann lewin'.split(' '),
  ...'lichterman liskov lovelace lumiere mahavira margulis matsumoto maxwell mayer mccarthy mcclintock mclaren'.split(
    ' ',
  ),
  ...'mclean mcnulty meitner mendel mendeleev meninsky merkle mestorf mirzakhani montalcini moore morse moser'.split(
    ' ',
  ),
  ...'murdock napier nash neumann newton nightingale nobel noether northcutt noyce panini pare pascal pasteur'.split(
    ' ',
  ),
  ...'payne perlman pike poincare poitras proskuriakova ptolemy raman ramanujan rhodes ride ritchie robinson'.split(
    ' ',
  ),
  ...'roentgen rosalind rubin saha sammet sanderson satoshi shamir shannon shaw shirley shockley shtern sinoussi'.split(
    ' ',
  ),
  ...'snyder solomon spence stonebraker sutherland swanson swartz swirles taussig tesla tharp thompson torvalds tu'.split(
    ' ',
  ),
  ...'turing varahamihira vaughan villani visvesvaraya volhard wescoff wilbur wiles williams williamson wilson'.split(
    ' ',
  ),
  ...'wing wozniak wright wu yalow yonath zhukovsky'.split(' '),
];

/** After a first try that was taken, a digit follows. */
export function randomName(stream: Stream, retry: boolean): string {
  for (;;) {
    const name = `${adjectives[stream.int(adjectives.length)] ?? ''}_${surnames[stream.int(surnames.length)] ?? ''}`;
    // Steve Wozniak is not boring.
    if (name !== 'boring_wozniak') return retry ? name + String(stream.int(10)) : name;
  }
}

/** 64 hexadecimal digits. */
export function randomId(stream: Stream): string {
  return randomHex(stream, 64);
}

export function randomHex(stream: Stream, digits: number): string {
  let id = '';
  while (id.length < digits) id += stream.int(0x10000).toString(16).padStart(4, '0');
  return id.slice(0, digits);
}
