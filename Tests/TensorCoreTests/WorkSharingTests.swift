import Foundation
import Synchronization
import TensorCore
import TestSupport
import Testing

@Suite struct WorkSharingTests {
  /// Each index must be handed out once, whoever shares work at the same time and however deep.
  @Test func everyPieceIsDoneOnce() async {
    await withTaskGroup(of: Bool.self) { group in
      for seed in 0..<4 {
        group.addTask {
          (0..<300).allSatisfy { round in
            let count = 1 + (seed * 31 + round * 7) % 97
            let marks = (0..<count).map { _ in Counter() }
            Parallel.forEachRange(count, grain: 1 + round % 5) { range in
              for index in range {
                if round % 10 == 0 {
                  Parallel.forEachRange(4) { marks[index].value.add($0.count, ordering: .relaxed) }
                } else {
                  marks[index].value.add(4, ordering: .relaxed)
                }
              }
            }
            return marks.allSatisfy { $0.value.load(ordering: .relaxed) == 4 }
          }
        }
      }
      for await isRight in group { #expect(isRight) }
    }
  }

  private final class Counter: Sendable { let value = Atomic<Int>(0) }

  @Test(arguments: [1, 2, 3, 7], [(1, 1), (3, 3), (7, 1), (1, 9), (12, 18)])
  func gridsCoverARectangle(_ threads: Int, _ sides: (rows: Int, columns: Int)) {
    let grid = WorkGrid(rows: sides.rows, columns: sides.columns, threads: threads) {
      Double($0 * $1) + 0.25 * Double($0 + $1)
    }
    var covered = [Int](repeating: 0, count: sides.rows * sides.columns)
    for index in 0..<grid.count {
      let piece = grid.piece(index)
      for row in piece.rows {
        for column in piece.columns { covered[row * sides.columns + column] += 1 }
      }
    }
    #expect(covered.allSatisfy { $0 == 1 })
    #expect(
      grid.count >= min(threads, sides.rows * sides.columns) || grid.count > 1 || threads == 1)
  }

  @Test func weightGradientsDoNotDependOnThreads() {
    defer { Parallel.configure(threads: Parallel.availableThreadCount) }
    let weight = GradientTests.parameter("w", [101, 96], 1)
    let bias = GradientTests.parameter("b", [101], 2)
    let x = GradientTests.normal([517, 96], 3)
    let upstream = GradientTests.normal([517, 101], 4)
    var results: [[Float]] = []
    for threads in 1...5 {
      Parallel.configure(threads: threads)
      weight.gradient = nil
      bias.gradient = nil
      GradientTape.record { tape in
        tape.backward(from: x.linear(.parameter(weight), bias: bias), upstream: upstream)
      }
      results.append((weight.gradient?.floats ?? []) + (bias.gradient?.floats ?? []))
    }
    #expect(results.allSatisfy { $0 == results[0] && $0.count == 101 * 97 })
  }
}
