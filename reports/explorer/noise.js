/**
 * Normal numbers from a seed, and Ornstein-Uhlenbeck noise made of them.
 *
 * The generator is xoshiro128** (Blackman and Vigna, ACM Trans. Math. Softw. 47:36, 2021), its state filled by
 * SplitMix64 (Steele, Lea and Flood, OOPSLA 2014) as its authors ask; normal numbers by Box and Muller (Ann. Math. Stat.
 * 29:610, 1958). They are not those of NumPy's generators: a seed means other noise here than in nullcline.numeric.
 */
{
  const MASK = (1n << 64n) - 1n;

  /** Return a function that gives the next 32 random bits, as a whole number; the seed is any whole number from 0 on. */
  NC.randomBits = (seed) => {
    let counter = BigInt(seed) & MASK;
    const state = new Uint32Array(4);
    for (let i = 0; i < 4; i += 2) {
      counter = (counter + 0x9e3779b97f4a7c15n) & MASK;
      let z = counter;
      z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & MASK;
      z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & MASK;
      z ^= z >> 31n;
      state[i] = Number(z & 0xffffffffn);
      state[i + 1] = Number(z >> 32n);
    }
    return NC.xoshiro128(state);
  };

  /** Return the generator with a given state of four 32-bit words, not all zero. */
  NC.xoshiro128 = ([a, b, c, d]) => {
    let [s0, s1, s2, s3] = [a | 0, b | 0, c | 0, d | 0];
    return () => {
      const five = Math.imul(s1, 5);
      const bits = Math.imul((five << 7) | (five >>> 25), 9) >>> 0;
      const shifted = s1 << 9;
      s2 ^= s0;
      s3 ^= s1;
      s1 ^= s2;
      s0 ^= s3;
      s2 ^= shifted;
      s3 = (s3 << 11) | (s3 >>> 21);
      return bits;
    };
  };

  /** Return a function that gives the next number of the standard normal distribution. */
  NC.normalNumbers = (seed) => {
    const bits = NC.randomBits(seed);
    /** 53 bits, as a number from 0 on and below 1. */
    const uniform = () => ((bits() >>> 5) * 67108864 + (bits() >>> 6)) / 9007199254740992;
    let spare = NaN;
    return () => {
      if (!Number.isNaN(spare)) {
        const kept = spare;
        spare = NaN;
        return kept;
      }
      const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
      const turn = 2 * Math.PI * uniform();
      spare = radius * Math.sin(turn);
      return radius * Math.cos(turn);
    };
  };

  /**
   * Return a function that gives the noise of one sample after another, a step dt apart, by the exact update of the
   * Ornstein-Uhlenbeck process of standard deviation sigma and time constant tau: eta[0] = sigma N[0] is stationary.
   */
  NC.ornsteinUhlenbeck = ({ sigma, tau, seed }, dt) => {
    const normal = NC.normalNumbers(seed);
    const [decay, amplitude] = NC.exactUpdate(dt, tau, sigma);
    let eta = NaN;
    return () => {
      eta = Number.isNaN(eta) ? sigma * normal() : decay * eta + amplitude * normal();
      return eta;
    };
  };
}
