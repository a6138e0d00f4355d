package io.rowwise.backend.cuda.jcuda;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;

/** Numbers that stand for JCuda's objects outside of its class loader. Safe for many threads. */
final class Handles<T> {
  private final Map<Long, T> objects = new ConcurrentHashMap<>();
  private final AtomicLong last = new AtomicLong();

  /** A new number for an object. */
  long add(T object) {
    long handle = last.incrementAndGet();
    objects.put(handle, object);
    return handle;
  }

  /** The object of a number. */
  T get(long handle) {
    T object = objects.get(handle);
    if (object == null) {
      throw new IllegalArgumentException("handle " + handle + " is not in use");
    }
    return object;
  }

  /** The object of a number that is not used any more. */
  T remove(long handle) {
    T object = get(handle);
    objects.remove(handle);
    return object;
  }

  /** Ends the use of the numbers of such objects. */
  void removeIf(Predicate<T> unused) {
    objects.values().removeIf(unused);
  }

  /** All objects whose numbers are in use. */
  Iterable<T> all() {
    return objects.values();
  }
}
