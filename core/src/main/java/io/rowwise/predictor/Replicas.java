package io.rowwise.predictor;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

/**
 * The engines that answer, one for each device. Which they are does not change. Safe for many
 * threads.
 */
final class Replicas {
  private final List<Engine> engines;
  private final AtomicInteger turn = new AtomicInteger();

  private Replicas(List<Engine> engines) {
    this.engines = engines;
  }

  static Replicas of(Engine... engines) {
    return new Replicas(List.of(engines));
  }

  Replicas with(Engine engine) {
    List<Engine> more = new ArrayList<>(engines);
    more.add(engine);
    return new Replicas(List.copyOf(more));
  }

  Replicas without(Engine engine) {
    return new Replicas(engines.stream().filter(each -> each != engine).toList());
  }

  List<Engine> engines() {
    return engines;
  }

  boolean contains(Engine engine) {
    return engines.contains(engine);
  }

  boolean isEmpty() {
    return engines.isEmpty();
  }

  /**
   * The one with the fewest rows under way; those that have as few take turns.
   *
   * @param butNot is not chosen
   * @return null if there is no other
   */
  Engine idlest(Set<Engine> butNot) {
    int count = engines.size();
    int first = count == 1 ? 0 : Math.floorMod(turn.getAndIncrement(), count);
    Engine idlest = null;
    for (int i = 0; i < count; i++) {
      Engine each = engines.get((first + i) % count);
      if (!butNot.contains(each)
          && (idlest == null || each.rowsUnderWay() < idlest.rowsUnderWay())) {
        idlest = each;
      }
    }
    return idlest;
  }

  /** The bytes of their devices' memory that the parameters and workspaces take. */
  long bytes() {
    return engines.stream().mapToLong(Engine::bytes).sum();
  }

  /** For messages: {@code cuda:0, cuda:1}. */
  @Override
  public String toString() {
    return engines.stream().map(Engine::device).collect(Collectors.joining(", "));
  }
}
