package io.rowwise.kernel;

import java.util.Objects;
import java.util.function.Supplier;

/**
 * An implementation of a kernel for one backend.
 *
 * @param type what it implements
 * @param name which implementation this is, for people: {@code online softmax}
 * @param priority among the offers of several providers the highest is taken; 0 is usual
 * @param maker makes a new one for each caller. Its arguments will have been checked as the type
 *     says
 * @param takesHalves whether it takes matrices of 16 bits itself, where the type allows them; else
 *     it is given copies of {@code float32}
 * @param <K> the kernel's interface
 */
public record KernelOffer<K extends Kernel>(
    KernelType<K> type,
    String name,
    int priority,
    Supplier<? extends K> maker,
    boolean takesHalves) {
  /** Nothing may be missing. */
  public KernelOffer {
    Objects.requireNonNull(type, "type");
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(maker, "maker");
  }

  /** Of a kernel that takes {@code float32} and {@code float64}, as it is given them. */
  public KernelOffer(KernelType<K> type, String name, int priority, Supplier<? extends K> maker) {
    this(type, name, priority, maker, false);
  }
}
