package io.rowwise.backend.cpu.memory;

import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** Scratch memory is left to the next operation, and never to two at once. */
final class ScratchTest {
  @Test
  void arraysInUseAreDifferentOnes() {
    Scratch scratch = new Scratch();
    assertNotSame(scratch.doubles(10), scratch.doubles(10));
    assertNotSame(scratch.longs(10), scratch.longs(10));
  }

  @Test
  void arraysAreLeftToTheNext() {
    Scratch scratch = new Scratch();
    double[] first = scratch.doubles(10);
    double[] second = scratch.doubles(1000);
    scratch.takeBack();
    assertSame(first, scratch.doubles(20));
    assertSame(second, scratch.doubles(1000));
  }

  @Test
  void arraysThatAreTooShortAreReplaced() {
    Scratch scratch = new Scratch();
    float[] first = scratch.floats(10);
    scratch.takeBack();
    float[] longer = scratch.floats(first.length + 1);
    assertTrue(longer.length > first.length);
    scratch.takeBack();
    assertSame(longer, scratch.floats(10));
  }

  @Test
  void longArraysAreNotKept() {
    Scratch scratch = new Scratch();
    int[] shorter = scratch.ints(Scratch.LONGEST_KEPT);
    int[] longer = scratch.ints(Scratch.LONGEST_KEPT + 1);
    scratch.takeBack();
    assertSame(shorter, scratch.ints(10));
    assertNotSame(longer, scratch.ints(10));
  }

  @Test
  void aWorkerGetsItsOwnAgain() {
    ScratchPool pool = new ScratchPool(2);
    Scratch first = pool.take(0);
    Scratch second = pool.take(1);
    assertNotSame(first, second);
    pool.giveBack(1, second);
    pool.giveBack(0, first);
    assertSame(second, pool.take(1));
    assertSame(first, pool.take(0));
  }

  @Test
  void nobodyGetsWhatSomebodyHas() {
    ScratchPool pool = new ScratchPool(2);
    Scratch first = pool.take(0);
    pool.giveBack(0, first);
    assertSame(first, pool.take(1));
    assertNotSame(first, pool.take(0));
  }

  @Test
  void moreThanItsPlacesAreNotKept() {
    ScratchPool pool = new ScratchPool(1);
    Scratch first = pool.take(0);
    Scratch second = pool.take(0);
    pool.giveBack(0, first);
    pool.giveBack(0, second);
    assertSame(first, pool.take(0));
    assertNotSame(second, pool.take(0));
  }

  @Test
  void whatIsGivenBackIsInNoUse() {
    ScratchPool pool = new ScratchPool(1);
    Scratch scratch = pool.take(0);
    long[] array = scratch.longs(10);
    pool.giveBack(0, scratch);
    assertSame(array, pool.take(0).longs(10));
  }
}
