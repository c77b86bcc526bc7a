import Platform

/// The tensors of a checkpoint by the keys that lead to them, joined by dots:
/// `state_dict.model.diffusion_model.out.2.weight`, `optimizer_states.0.state.3.exp_avg`.
///
/// Keys are texts and whole numbers, list elements are counted from 0; what lies behind another kind
/// of key is left out.
struct TorchTensorNames {
  private(set) var tensors: [(name: String, tensor: TorchTensor)] = []
  /// Tensors of kinds that are not understood, each with a sentence about it.
  private(set) var unreadable: [(name: String, reason: String)] = []

  private let interpreter: TorchInterpreter
  /// The containers that lead to the one being visited, to leave cycles out.
  private var path: [Int] = []
  /// Containers without tensors, which need no second visit however many others hold them.
  private var barren: Set<Int> = []
  private var visitedCount = 0
  private var names: Set<String> = []

  private static let maximumDepth = 64
  private static let maximumNameByteCount = 1 << 10
  private static let maximumTensorCount = 1 << 17
  /// A container of tensors that many lead to is visited as often; this bounds it.
  private static let maximumVisitCount = 1 << 21

  /// - Throws: ``ReportableError`` (`badData`) without a path: nesting without end, a name twice.
  init(_ interpreter: TorchInterpreter) throws {
    self.interpreter = interpreter
    try visit(interpreter.pickle.root, name: "")
  }

  private mutating func visit(_ value: PickleValue, name: String) throws {
    guard case .object(let index) = value, !barren.contains(index), !path.contains(index) else {
      return
    }
    let countBefore = names.count
    defer { if names.count == countBefore { barren.insert(index) } }
    switch interpreter.meaning(of: value) {
    case .ignored: break
    case .tensor(let tensor):
      try register(name)
      tensors.append((name, tensor))
    case .unreadableTensor(let reason):
      try register(name)
      unreadable.append((name, reason))
    case .sequence(let elements):
      try enter(index, count: elements.count)
      for (position, element) in elements.enumerated() {
        guard case .object = element else { continue }
        try visit(element, name: try join(name, String(position)))
      }
      path.removeLast()
    case .dictionary(let items):
      try enter(index, count: items.count)
      try visit(items: items, name: name)
      path.removeLast()
    }
  }

  private mutating func visit(items: [PickleValue], name: String) throws {
    // Python keeps the last of two equal keys; a file that has them was not written by it.
    var keys: Set<PickleValue> = []
    for position in stride(from: 0, to: items.count - 1, by: 2) {
      let component: String
      switch items[position] {
      case .text(let text): component = text
      case .integer(let integer): component = String(integer)
      case .none, .boolean, .global, .object, .other: continue
      }
      guard keys.insert(items[position]).inserted else {
        throw SafetensorsHeader.damaged(
          "has two values for \(quoted(try join(name, component)))")
      }
      guard case .object = items[position + 1] else { continue }
      try visit(items[position + 1], name: try join(name, component))
    }
  }

  private mutating func enter(_ index: Int, count: Int) throws {
    guard path.count < Self.maximumDepth else {
      throw SafetensorsHeader.damaged("nests more than \(Self.maximumDepth) containers")
    }
    visitedCount += 1 + count
    guard visitedCount <= Self.maximumVisitCount else {
      throw SafetensorsHeader.damaged("repeats its containers without end")
    }
    path.append(index)
  }

  private mutating func register(_ name: String) throws {
    guard names.count < Self.maximumTensorCount else {
      throw SafetensorsHeader.damaged(
        "names more than \(Self.maximumTensorCount) tensors")
    }
    // The key "a.b" and the key "b" below "a" are one name.
    guard names.insert(name).inserted else {
      throw SafetensorsHeader.damaged("has two tensors called \(quoted(name))")
    }
  }

  private func join(_ name: String, _ component: String) throws -> String {
    guard name.utf8.count + component.utf8.count < Self.maximumNameByteCount else {
      throw SafetensorsHeader.damaged("has a name of more than \(Self.maximumNameByteCount) bytes")
    }
    return path.count <= 1 ? component : "\(name).\(component)"
  }
}
