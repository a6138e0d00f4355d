package io.rowwise.spark;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/** An iterator that can begin again, if it was told to remember. */
final class Replay implements Iterator<RowBlock> {
  private final Iterator<RowBlock> rest;
  private final List<RowBlock> seen = new ArrayList<>();
  private boolean isRemembering;
  private boolean isComplete = true;
  private Iterator<RowBlock> repeated = List.<RowBlock>of().iterator();

  Replay(Iterator<RowBlock> blocks) {
    this.rest = blocks;
  }

  void remember(boolean isWanted) {
    isRemembering = isWanted;
  }

  /** Whether it has every block that it gave. */
  boolean isComplete() {
    return isComplete;
  }

  /** Itself, from the first block on. */
  Replay again() {
    repeated = seen.iterator();
    return this;
  }

  @Override
  public boolean hasNext() {
    return repeated.hasNext() || rest.hasNext();
  }

  @Override
  public RowBlock next() {
    if (repeated.hasNext()) {
      return repeated.next();
    }
    RowBlock block = rest.next();
    if (isRemembering) {
      seen.add(block);
    } else {
      isComplete = false;
    }
    return block;
  }
}
