package io.rowwise.backend.cpu.memory;

import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/**
 * Arrays that an operation leaves to the next one, with whatever it wrote there. Made anew each
 * time, they would lie where nothing has been before the first garbage collection, and to get a
 * page of memory from the operating system takes as long as the arithmetic on several. For one
 * thread at a time.
 */
public final class Scratch {
  /** Longer arrays are not kept. */
  public static final int LONGEST_KEPT = 1 << 17;

  // So that operations on a few elements and on more take turns without making new ones.
  private static final int SHORTEST = 256;

  private final Shelf<double[]> doubles = new Shelf<>(double[]::new);
  private final Shelf<float[]> floats = new Shelf<>(float[]::new);
  private final Shelf<long[]> longs = new Shelf<>(long[]::new);
  private final Shelf<int[]> ints = new Shelf<>(int[]::new);
  private final Shelf<short[]> shorts = new Shelf<>(short[]::new);

  /** The arrays of one type, those in use before the others. */
  private static final class Shelf<A> {
    private final IntFunction<A> make;
    private final List<A> arrays = new ArrayList<>();
    private int used;

    Shelf(IntFunction<A> make) {
      this.make = make;
    }

    A take(int length) {
      if (used == arrays.size()) {
        arrays.add(make.apply(Math.max(SHORTEST, length)));
      } else if (Array.getLength(arrays.get(used)) < length) {
        arrays.set(used, make.apply(length));
      }
      return arrays.get(used++);
    }

    void takeBack() {
      for (int i = used - 1; i >= 0; i--) {
        if (Array.getLength(arrays.get(i)) > LONGEST_KEPT) {
          arrays.remove(i);
        }
      }
      used = 0;
    }
  }

  /** An array of at least so many, with anything in it, until {@link #takeBack}. */
  public double[] doubles(int length) {
    return doubles.take(length);
  }

  /** The same. */
  public float[] floats(int length) {
    return floats.take(length);
  }

  /** The same. */
  public long[] longs(int length) {
    return longs.take(length);
  }

  /** The same. */
  public int[] ints(int length) {
    return ints.take(length);
  }

  /** The same. */
  public short[] shorts(int length) {
    return shorts.take(length);
  }

  /** Ends the use of all arrays. */
  public void takeBack() {
    doubles.takeBack();
    floats.takeBack();
    longs.takeBack();
    ints.takeBack();
    shorts.takeBack();
  }
}
