package io.rowwise.backend.cuda.interpreter;

import io.rowwise.backend.cuda.interpreter.LaneFunction.Binary;
import io.rowwise.backend.cuda.interpreter.LaneFunction.Comparison;
import io.rowwise.backend.cuda.interpreter.LaneFunction.Quaternary;
import io.rowwise.backend.cuda.interpreter.LaneFunction.Ternary;
import io.rowwise.backend.cuda.interpreter.LaneFunction.Unary;
import java.util.Arrays;
import java.util.stream.IntStream;

/** Steps that compute a register of each lane from registers of the same lane. */
abstract class ArithmeticStep extends Step {
  ArithmeticStep(Instruction instruction, int number, int target, int... sources) {
    super(instruction, number);
    this.targets = new int[] {target};
    this.sources = sources;
  }

  static final class OfOne extends ArithmeticStep {
    private final Unary function;
    private final int target;
    private final int a;

    OfOne(Instruction instruction, int number, Unary function, int target, int a) {
      super(instruction, number, target, a);
      this.function = function;
      this.target = target * Warp.LANES;
      this.a = a * Warp.LANES;
    }

    @Override
    void execute(Warp warp, int lanes) {
      long[] registers = warp.registers;
      for (int left = lanes; left != 0; left &= left - 1) {
        int lane = Integer.numberOfTrailingZeros(left);
        registers[target + lane] = function.apply(registers[a + lane]);
      }
    }
  }

  static final class OfTwo extends ArithmeticStep {
    private final Binary function;
    private final int target;
    private final int a;
    private final int b;

    OfTwo(Instruction instruction, int number, Binary function, int target, int a, int b) {
      super(instruction, number, target, a, b);
      this.function = function;
      this.target = target * Warp.LANES;
      this.a = a * Warp.LANES;
      this.b = b * Warp.LANES;
    }

    @Override
    void execute(Warp warp, int lanes) {
      long[] registers = warp.registers;
      int lane = 0;
      try {
        for (int left = lanes; left != 0; left &= left - 1) {
          lane = Integer.numberOfTrailingZeros(left);
          registers[target + lane] = function.apply(registers[a + lane], registers[b + lane]);
        }
      } catch (IntegerFunctions.DivisionByZero e) {
        throw warp.fault(KernelFault.Kind.DIVISION_BY_ZERO, this, lane, e.getMessage());
      }
    }
  }

  static final class OfThree extends ArithmeticStep {
    private final Ternary function;
    private final int target;
    private final int a;
    private final int b;
    private final int c;

    OfThree(
        Instruction instruction, int number, Ternary function, int target, int a, int b, int c) {
      super(instruction, number, target, a, b, c);
      this.function = function;
      this.target = target * Warp.LANES;
      this.a = a * Warp.LANES;
      this.b = b * Warp.LANES;
      this.c = c * Warp.LANES;
    }

    @Override
    void execute(Warp warp, int lanes) {
      long[] registers = warp.registers;
      for (int left = lanes; left != 0; left &= left - 1) {
        int lane = Integer.numberOfTrailingZeros(left);
        registers[target + lane] =
            function.apply(registers[a + lane], registers[b + lane], registers[c + lane]);
      }
    }
  }

  static final class OfFour extends ArithmeticStep {
    private final Quaternary function;
    private final int target;
    private final int[] of;

    OfFour(Instruction instruction, int number, Quaternary function, int target, int... of) {
      super(instruction, number, target, of);
      this.function = function;
      this.target = target * Warp.LANES;
      this.of = of.clone();
    }

    @Override
    void execute(Warp warp, int lanes) {
      long[] registers = warp.registers;
      for (int left = lanes; left != 0; left &= left - 1) {
        int lane = Integer.numberOfTrailingZeros(left);
        registers[target + lane] =
            function.apply(
                registers[of[0] * Warp.LANES + lane],
                registers[of[1] * Warp.LANES + lane],
                registers[of[2] * Warp.LANES + lane],
                registers[of[3] * Warp.LANES + lane]);
      }
    }
  }

  /** {@code mov}: the value is not looked at. */
  static final class Move extends ArithmeticStep {
    private final int target;
    private final int source;

    Move(Instruction instruction, int number, int target, int source) {
      super(instruction, number, target, source);
      this.target = target * Warp.LANES;
      this.source = source * Warp.LANES;
    }

    @Override
    void execute(Warp warp, int lanes) {
      long[] registers = warp.registers;
      if (lanes == -1) {
        System.arraycopy(registers, source, registers, target, Warp.LANES);
        return;
      }
      for (int left = lanes; left != 0; left &= left - 1) {
        int lane = Integer.numberOfTrailingZeros(left);
        registers[target + lane] = registers[source + lane];
      }
    }
  }

  /** {@code mov.b64 d, {a, b}}: the first element is the lowest. */
  static final class Pack extends ArithmeticStep {
    private final int target;
    private final int[] elements;
    private final int elementBits;

    Pack(Instruction instruction, int number, int target, int[] elements, int elementBits) {
      super(instruction, number, target, elements);
      this.target = target * Warp.LANES;
      this.elements = elements.clone();
      this.elementBits = elementBits;
    }

    @Override
    void execute(Warp warp, int lanes) {
      long[] registers = warp.registers;
      long mask = (1L << elementBits) - 1;
      for (int left = lanes; left != 0; left &= left - 1) {
        int lane = Integer.numberOfTrailingZeros(left);
        long packed = 0;
        for (int i = 0; i < elements.length; i++) {
          packed |= (registers[elements[i] * Warp.LANES + lane] & mask) << (i * elementBits);
        }
        registers[target + lane] = packed;
      }
    }
  }

  /** {@code mov.b64 {a, b}, s}. */
  static final class Unpack extends Step {
    private final int[] elements;
    private final int source;
    private final int elementBits;

    /**
     * Such a step.
     *
     * @param elements the slots to write; -1 for one that nobody wants
     */
    Unpack(Instruction instruction, int number, int[] elements, int source, int elementBits) {
      super(instruction, number);
      this.elements = elements.clone();
      this.source = source * Warp.LANES;
      this.elementBits = elementBits;
      this.sources = new int[] {source};
      this.targets = Arrays.stream(elements).filter(e -> e >= 0).toArray();
    }

    @Override
    void execute(Warp warp, int lanes) {
      long[] registers = warp.registers;
      for (int left = lanes; left != 0; left &= left - 1) {
        int lane = Integer.numberOfTrailingZeros(left);
        long packed = registers[source + lane];
        for (int i = 0; i < elements.length; i++) {
          if (elements[i] >= 0) {
            registers[elements[i] * Warp.LANES + lane] = packed >>> (i * elementBits);
          }
        }
      }
    }
  }

  /** {@code selp}: of the two values only the chosen one counts. */
  static final class Select extends ArithmeticStep {
    private final int target;
    private final int a;
    private final int b;
    private final int predicate;

    Select(Instruction instruction, int number, int target, int a, int b, int predicate) {
      super(instruction, number, target, a, b, predicate);
      this.target = target * Warp.LANES;
      this.a = a * Warp.LANES;
      this.b = b * Warp.LANES;
      this.predicate = predicate;
    }

    @Override
    void execute(Warp warp, int lanes) {
      long[] registers = warp.registers;
      int chosen = warp.predicates[predicate];
      for (int left = lanes; left != 0; left &= left - 1) {
        int lane = Integer.numberOfTrailingZeros(left);
        registers[target + lane] = registers[((chosen >>> lane & 1) != 0 ? a : b) + lane];
      }
    }

    @Override
    int unassigned(Warp warp, int lanes) {
      int chosen = warp.predicates[predicate];
      int[] unassigned = warp.unassigned;
      return lanes
          & (unassigned[predicate]
              | (chosen & unassigned[a / Warp.LANES])
              | (~chosen & unassigned[b / Warp.LANES]));
    }
  }

  /**
   * {@code setp}, with the second result and the combination with a third operand if they are
   * there.
   */
  static final class Compare extends Step {
    /** How {@code setp} combines its comparison with a predicate. */
    enum Combination {
      NONE,
      AND,
      OR,
      XOR
    }

    private final Comparison comparison;
    private final Combination combination;
    private final int target;
    private final int inverseTarget;
    private final int a;
    private final int b;
    private final int with;
    private final boolean withNegated;

    Compare(
        Instruction instruction,
        int number,
        Comparison comparison,
        Combination combination,
        int target,
        int inverseTarget,
        int a,
        int b,
        int with,
        boolean withNegated) {
      super(instruction, number);
      this.comparison = comparison;
      this.combination = combination;
      this.target = target;
      this.inverseTarget = inverseTarget;
      this.a = a * Warp.LANES;
      this.b = b * Warp.LANES;
      this.with = with;
      this.withNegated = withNegated;
      this.sources = with < 0 ? new int[] {a, b} : new int[] {a, b, with};
      this.targets = IntStream.of(target, inverseTarget).filter(t -> t >= 0).toArray();
    }

    @Override
    void execute(Warp warp, int lanes) {
      long[] registers = warp.registers;
      int holds = 0;
      for (int left = lanes; left != 0; left &= left - 1) {
        int lane = Integer.numberOfTrailingZeros(left);
        if (comparison.test(registers[a + lane], registers[b + lane])) {
          holds |= 1 << lane;
        }
      }
      int other = with < 0 ? 0 : withNegated ? ~warp.predicates[with] : warp.predicates[with];
      if (target >= 0) {
        warp.setPredicate(target, lanes, combine(holds, other));
      }
      if (inverseTarget >= 0) {
        warp.setPredicate(inverseTarget, lanes, combine(~holds, other));
      }
    }

    private int combine(int holds, int other) {
      return switch (combination) {
        case NONE -> holds;
        case AND -> holds & other;
        case OR -> holds | other;
        case XOR -> holds ^ other;
      };
    }
  }

  /** Logic of predicates: for all lanes at once. */
  static final class Logic extends Step {
    private final String operation;
    private final int target;
    private final int a;
    private final int b;

    Logic(Instruction instruction, int number, String operation, int target, int a, int b) {
      super(instruction, number);
      this.operation = operation;
      this.target = target;
      this.a = a;
      this.b = b;
      this.sources = new int[] {a, b};
      this.targets = new int[] {target};
    }

    @Override
    void execute(Warp warp, int lanes) {
      int x = warp.predicates[a];
      int y = warp.predicates[b];
      int result =
          switch (operation) {
            case "and" -> x & y;
            case "or" -> x | y;
            case "xor" -> x ^ y;
            case "not" -> ~x;
            default -> x;
          };
      warp.setPredicate(target, lanes, result);
    }

    /** False and anything is false, true or anything is true. */
    @Override
    int unassigned(Warp warp, int lanes) {
      int first = warp.unassigned[a];
      int second = warp.unassigned[b];
      int either = first | second;
      int decided =
          switch (operation) {
            case "and" -> (~first & ~warp.predicates[a]) | (~second & ~warp.predicates[b]);
            case "or" -> (~first & warp.predicates[a]) | (~second & warp.predicates[b]);
            default -> 0;
          };
      return either & ~decided & lanes;
    }
  }
}
