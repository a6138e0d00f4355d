package io.rowwise.predictor;

import io.rowwise.backend.BackendChoice;
import io.rowwise.backend.BackendUnavailableException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Devices {@code cuda:0}, {@code cuda:1}, ... and a CPU, and what a predictor says of them. */
final class FakeMachine implements PredictorListener {
  final List<FaultyBackend> devices;
  final FaultyBackend cpu = new FaultyBackend("cpu");
  final Set<Integer> unusable = ConcurrentHashMap.newKeySet();
  final List<String> opened = Collections.synchronizedList(new ArrayList<>());
  final List<String> lost = Collections.synchronizedList(new ArrayList<>());
  final List<String> fallbacks = Collections.synchronizedList(new ArrayList<>());
  final Map<String, AtomicInteger> calls = new ConcurrentHashMap<>();

  FakeMachine(int count) {
    this.devices = IntStream.range(0, count).mapToObj(i -> new FaultyBackend("cuda:" + i)).toList();
  }

  static DeviceHealth answering(String device) {
    return new DeviceHealth(device, true, TestModel.NOON, Optional.empty());
  }

  static DeviceHealth failed(String device, String reason) {
    return new DeviceHealth(device, false, TestModel.NOON, Optional.of(reason));
  }

  /** All of its devices: {@code cuda:0,1}. */
  String all() {
    return IntStream.range(0, devices.size())
        .mapToObj(Integer::toString)
        .collect(Collectors.joining(",", "cuda:", ""));
  }

  PredictorOptions options() {
    return TestModel.options().backend(all());
  }

  Predictor open(PredictorOptions options) {
    return new Predictor(TestModel.model(), options, this, this::open, () -> TestModel.NOON);
  }

  BackendChoice open(String name, boolean fallback) {
    opened.add(name + (fallback ? " or cpu" : ""));
    if (name.equals("cpu")) {
      return cpu.choice(name);
    }
    int number = Integer.parseInt(name.replace("cuda:", ""));
    if (!unusable.contains(number)) {
      return devices.get(number).choice(name);
    }
    String reason = name + " is not usable: no power";
    if (!fallback) {
      throw new BackendUnavailableException(reason);
    }
    return new BackendChoice(cpu.backend(), name, Optional.of(reason));
  }

  @Override
  public void onPredicted(String device, int rows, Duration time) {
    calls.computeIfAbsent(device, key -> new AtomicInteger()).incrementAndGet();
  }

  @Override
  public void onDeviceLost(String device) {
    lost.add(device);
  }

  @Override
  public void onFallback(String reason) {
    fallbacks.add(reason);
  }

  /** How many calls a device has answered, those of the warm-up not counted. */
  int calls(String device) {
    return calls.getOrDefault(device, new AtomicInteger()).get();
  }

  /** Whether each device that was opened has been closed, and nothing is left on any. */
  boolean isLeft() {
    List<FaultyBackend> all = new ArrayList<>(devices);
    all.add(cpu);
    return all.stream().allMatch(each -> each.openMatrices() == 0)
        && IntStream.range(0, devices.size())
            .filter(i -> opened.stream().anyMatch(name -> name.startsWith("cuda:" + i)))
            .allMatch(i -> devices.get(i).closed || unusable.contains(i));
  }
}
