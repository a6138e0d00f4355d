package io.rowwise.backend.cuda.driver;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * A stream that does nothing until it has to: its work waits until somebody waits for it, and then
 * only what comes before is done. So work that is not ordered as it must be is done in the wrong
 * order, and a buffer that is used again too early is seen. Not safe for many threads.
 */
final class InterpretedStream {
  private final Deque<Runnable> pending = new ArrayDeque<>();
  private List<Runnable> recording;
  private long done;
  private long asked;

  /** Asks for work, or records it. */
  void ask(Runnable work) {
    if (recording != null) {
      recording.add(work);
    } else {
      pending.add(work);
      asked++;
    }
  }

  /** What is asked for from now on comes after what was asked of the other one so far. */
  void waitFor(InterpretedStream other) {
    if (recording != null || other.recording != null) {
      throw new IllegalStateException("a stream waits for another one while it is recorded");
    }
    long point = other.asked;
    ask(() -> other.finish(point));
  }

  /** Does what was asked for so far, when it is run. */
  Runnable soFar() {
    long point = asked;
    return () -> finish(point);
  }

  /** Does all that was asked for. */
  void finish() {
    if (recording != null) {
      throw new IllegalStateException("a stream is waited for while it is recorded");
    }
    finish(asked);
  }

  private void finish(long point) {
    while (done < point) {
      Runnable next = pending.remove();
      done++;
      next.run();
    }
  }

  /** Does all that was asked for, but for what was recorded. */
  void end() {
    recording = null;
    finish();
  }

  boolean isIdle() {
    return pending.isEmpty();
  }

  void beginRecording() {
    if (!isIdle()) {
      throw new IllegalStateException("a stream is recorded that has work");
    }
    recording = new ArrayList<>();
  }

  List<Runnable> endRecording() {
    List<Runnable> recorded = List.copyOf(recording);
    recording = null;
    return recorded;
  }
}
