import Platform
import Synchronization

/// A place on one tape. It names the tape, so a value from an older tape counts as a constant.
struct TapePosition: Sendable {
  let tape: UInt64
  let index: Int
}

/// Records coarse operations while a closure runs, then walks them backwards.
///
/// Nothing is recorded outside ``record(_:)``. Each operation lists what its backward keeps
/// (`saving`), so memory can be counted; nodes refer to each other by index, so a long chain is
/// released without recursion.
public final class GradientTape: @unchecked Sendable {
  struct Node {
    let name: StaticString
    let inputs: [Int?]
    var saved: [Tensor]
    var backward: ((Tensor, [Tensor]) -> [Tensor?])?
    let parameter: Parameter?
  }

  @TaskLocal static var current: GradientTape?

  private static let nextIdentifier = Atomic<UInt64>(1)
  private let identifier = nextIdentifier.add(1, ordering: .relaxed).oldValue
  private var nodes: [Node] = []
  private var leaves: [ObjectIdentifier: Int] = [:]
  private var watched: [Int: Tensor] = [:]

  init() {}

  deinit { while nodes.popLast() != nil {} }

  /// Runs `body` while recording on a new tape.
  public static func record<R>(_ body: (GradientTape) throws -> R) rethrows -> R {
    let tape = GradientTape()
    return try $current.withValue(tape) { try body(tape) }
  }

  /// Runs `body` without recording.
  public static func paused<R>(_ body: () throws -> R) rethrows -> R {
    try $current.withValue(nil) { try body() }
  }

  /// Bytes that the recorded operations keep for their backwards. Values shared by several
  /// operations are counted at each.
  public var savedByteCount: Int {
    nodes.reduce(0) { $0 + $1.saved.reduce(0) { $0 + $1.count * MemoryLayout<Float>.stride } }
  }

  /// `tensor` as a variable of this tape; its gradient is left in ``gradient(of:)``.
  public func watching(_ tensor: Tensor) -> Tensor {
    let index = append(
      Node(name: "variable", inputs: [], saved: [], backward: nil, parameter: nil))
    watched[index] = tensor
    return tensor.placed(at: TapePosition(tape: identifier, index: index))
  }

  /// The gradient of a watched variable after ``backward(from:upstream:)``; nil where none arrived.
  public func gradient(of variable: Tensor) -> Tensor? {
    guard let index = index(of: variable) else { return nil }
    return gradients[index]
  }

  private var gradients: [Int: Tensor] = [:]

  func leaf(_ parameter: Parameter) -> Tensor {
    parameter.value.placed(at: position(leafIndex(of: parameter)))
  }

  /// The place of a parameter, which is before all that reads it.
  func leafIndex(of parameter: Parameter) -> Int {
    let key = ObjectIdentifier(parameter)
    let index =
      leaves[key]
      ?? append(
        Node(name: "parameter", inputs: [], saved: [], backward: nil, parameter: parameter))
    leaves[key] = index
    return index
  }

  func index(of tensor: Tensor) -> Int? {
    guard let position = tensor.tapePosition, position.tape == identifier else { return nil }
    return position.index
  }

  func append(_ node: Node) -> Int {
    nodes.append(node)
    return nodes.count - 1
  }

  func position(_ index: Int) -> TapePosition { TapePosition(tape: identifier, index: index) }

  /// Finds the gradients of `loss`, and consumes the tape: what an operation kept is freed as soon as
  /// its backward has run. Order is fixed: last recorded, first undone.
  ///
  /// - Parameters:
  ///   - upstream: the gradient of `loss` itself, of its shape; all ones when nil.
  ///   - deliver: takes a parameter and its gradient, of its shape, once for each parameter that got
  ///     one. The place of a parameter on the tape is before everything that reads it, so at that
  ///     moment the gradient is whole, no operation that is left to be undone reads the parameter, and
  ///     none that is undone holds its value: it may be changed at once, in place. By default the
  ///     gradient is added to ``Parameter/gradient``.
  public func backward(
    from loss: Tensor, upstream: Tensor? = nil,
    deliver: (Parameter, Tensor) -> Void = { $0.accumulate($1) }
  ) {
    guard let start = index(of: loss) else {
      require(false, "backward needs a value that was recorded on this tape")
      return
    }
    var pending: [Int: Tensor] = [start: (upstream ?? .full(loss.shape, 1)).detached()]
    GradientTape.paused {
      for index in stride(from: start, through: 0, by: -1) {
        defer {
          nodes[index].saved = []
          nodes[index].backward = nil
        }
        guard let gradient = pending.removeValue(forKey: index) else { continue }
        if let parameter = nodes[index].parameter {
          require(
            gradient.count == parameter.value.count,
            "\(parameter.name) has shape \(parameter.value.shape), its gradient \(gradient.shape)")
          deliver(parameter, gradient.reshaped(parameter.value.shape))
          continue
        }
        guard let backward = nodes[index].backward else {
          if watched[index] != nil { gradients[index] = gradient }
          continue
        }
        let span = OperationProfile.begin(nodes[index].name, phase: .backward)
        defer { span.end() }
        let results = backward(gradient, nodes[index].saved)
        require(
          results.count == nodes[index].inputs.count,
          "\(nodes[index].name) returned \(results.count) gradients for "
            + "\(nodes[index].inputs.count) inputs")
        for (input, result) in zip(nodes[index].inputs, results) {
          guard let input, let result else { continue }
          if let earlier = pending.removeValue(forKey: input) {
            pending[input] = OperationProfile.measure("sum of gradients") {
              Tensor.sum(consuming: earlier, result)
            }
          } else {
            pending[input] = result
          }
        }
      }
    }
    nodes.removeAll()
    watched.removeAll()
  }
}

extension Tensor {
  func placed(at position: TapePosition?) -> Tensor {
    var result = self
    result.tapePosition = position
    return result
  }

  /// The one way an operation becomes differentiable.
  ///
  /// - Parameters:
  ///   - name: for messages.
  ///   - output: the result; computed here, or before.
  ///   - inputs: the values it depends on, in the order of the gradients that `backward` returns.
  ///   - saving: everything `backward` needs from the forward pass, listed instead of captured.
  ///   - backward: from the gradient of the output and `saving` to the gradients of the inputs; nil
  ///     for an input without one.
  public static func recorded(
    _ name: StaticString, _ output: @autoclosure () -> Tensor, inputs: [Tensor],
    saving: @autoclosure () -> [Tensor],
    backward: @escaping (_ upstream: Tensor, _ saved: [Tensor]) -> [Tensor?]
  ) -> Tensor {
    let span = OperationProfile.begin(name)
    defer { span.end() }
    let output = output()
    guard let tape = GradientTape.current else { return output.detached() }
    let indices = inputs.map { tape.index(of: $0) }
    guard indices.contains(where: { $0 != nil }) else { return output.detached() }
    let saved = saving().map { $0.detached() }
    let index = tape.append(
      GradientTape.Node(
        name: name, inputs: indices, saved: saved, backward: backward, parameter: nil))
    return output.placed(at: tape.position(index))
  }

  /// Whether an operation on this value would be recorded now.
  var isTracked: Bool { GradientTape.current?.index(of: self) != nil }
}
