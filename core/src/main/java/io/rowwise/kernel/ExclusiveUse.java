package io.rowwise.kernel;

import java.util.Locale;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Sees to it that something with memory of its own, such as a kernel, is used by one thread at a
 * time: a second one is refused instead of writing into the first one's numbers. It never waits,
 * and costs a few nanoseconds a call.
 *
 * <pre>{@code
 * use.enter("margin");
 * try {
 *   kernel.apply(probabilities, margin);
 * } finally {
 *   use.leave();
 * }
 * }</pre>
 *
 * <p>Every kernel that {@link io.rowwise.backend.Backend#kernel} hands out has one, put in front of
 * it by the checks of its {@link KernelType}; a type of your own does the same. Whatever was used
 * within is seen by the next thread that enters.
 */
public final class ExclusiveUse {
  private static final Object CLOSED = new Object();

  /** A pause in which its thread may enter again. */
  private record Pause(Thread thread, Pause outer) {}

  private final String name;
  private final String remedy;

  // Null, the thread inside, its pause, or CLOSED.
  private final AtomicReference<Object> state = new AtomicReference<>();

  // What to go back to; touched only by the thread inside.
  private Pause pause;

  /**
   * @param name what is used, for messages: {@code this classifier}
   * @param remedy what to do instead: {@code give each thread one of its own}
   */
  public ExclusiveUse(String name, String remedy) {
    this.name = name;
    this.remedy = remedy;
  }

  /**
   * That of a kernel.
   *
   * @param type the kind of kernel, for messages: {@code softmax}
   */
  public static ExclusiveUse ofKernel(String type) {
    return new ExclusiveUse(
        "this " + type + " kernel",
        "make one for each thread with Backend.kernel, or let threads share a Predictor");
  }

  /**
   * Begins a use. Whoever calls it calls {@link #leave} when the use has ended, however it ends.
   *
   * @param operation what is to be done, for the message: {@code predict}
   * @throws IllegalStateException if a thread is inside, this one included, or after {@link
   *     #close}; then do not call {@link #leave}
   */
  public void enter(String operation) {
    Thread thread = Thread.currentThread();
    if (!state.compareAndSet(null, thread)) {
      enterPaused(operation, thread);
    }
  }

  private void enterPaused(String operation, Thread thread) {
    Object found = state.get();
    if (!(found instanceof Pause current && current.thread == thread)) {
      throw refused(operation, found);
    }
    state.setPlain(thread);
  }

  /** Ends the use that {@link #enter} began. */
  public void leave() {
    state.setRelease(pause);
  }

  /**
   * Lets the thread that is inside, and no other, enter again until {@link #resume}: while it calls
   * somebody who may want to use the same thing.
   */
  public void pause() {
    pause = new Pause(Thread.currentThread(), pause);
    state.setRelease(pause);
  }

  /** Ends the pause; the thread is inside as before. */
  public void resume() {
    pause = pause.outer;
    state.setPlain(Thread.currentThread());
  }

  /**
   * Refuses all further use.
   *
   * @param operation what is to be done, for the message: {@code close}
   * @return whether this is the first time, so that there is something to free
   * @throws IllegalStateException if a thread is inside, or in a pause; then nothing has changed
   */
  public boolean close(String operation) {
    if (state.compareAndSet(null, CLOSED)) {
      return true;
    }
    Object found = state.get();
    if (found == CLOSED) {
      return false;
    }
    throw refused(operation, found);
  }

  /**
   * Checks that it has not been closed.
   *
   * @throws IllegalStateException if it has
   */
  public void requireOpen(String operation) {
    if (state.get() == CLOSED) {
      throw refused(operation, CLOSED);
    }
  }

  private IllegalStateException refused(String operation, Object found) {
    if (found == CLOSED) {
      return new IllegalStateException(
          String.format(Locale.ROOT, "%s: %s is closed", operation, name));
    }
    Thread user = found instanceof Pause current ? current.thread : (Thread) found;
    if (user == Thread.currentThread()) {
      return new IllegalStateException(
          String.format(
              Locale.ROOT,
              "%s: %s is at work in this very thread; wait until that call has returned",
              operation,
              name));
    }
    return new IllegalStateException(
        String.format(
            Locale.ROOT,
            "%s: %s is in use by %s, and serves one thread at a time; %s",
            operation,
            name,
            user == null ? "another thread" : "the thread " + nameOf(user),
            remedy));
  }

  /** Virtual threads have no name unless they are given one. */
  private static String nameOf(Thread thread) {
    String given = thread.getName();
    return given.isEmpty() ? thread.toString() : given;
  }
}
