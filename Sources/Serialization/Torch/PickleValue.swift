/// A value of a pickle. Containers are places in the pickle's table of objects, so values that share
/// one, contain themselves or are nested without end need no care when they are thrown away.
enum PickleValue: Hashable {
  case none
  case boolean(Bool)
  case integer(Int)
  case text(String)
  /// A class or function by name: a place in ``Pickle/globals``.
  case global(Int)
  /// A place in ``Pickle/objects``.
  case object(Int)
  /// A value that no tensor depends on: fractions, bytes, huge integers and long texts.
  case other
}

/// The name of a Python class or function. Nothing is ever looked up or called by it.
struct PickleGlobal: Hashable {
  let module: String
  let name: String

  var path: String { "\(module).\(name)" }
}

/// A container of a pickle, or something that Python would make by a call.
struct PickleObject {
  enum Kind {
    case tuple
    case list
    /// Keys and values in turns.
    case dictionary
    /// Sets and frozen sets; their elements are not kept.
    case set
    /// What Python would get by calling `elements[0]` with the tuple `elements[1]`; its state is
    /// not kept.
    case call
    /// Something outside the pickle that `elements[0]` identifies.
    case reference
  }

  let kind: Kind
  var elements: [PickleValue]
  /// Keys and values in turns that were set on the result of a call.
  var items: [PickleValue] = []
}

/// What one pickle builds: names and values, without anything having been run.
struct Pickle {
  let root: PickleValue
  let objects: [PickleObject]
  let globals: [PickleGlobal]
  /// Where the pickle ends in the bytes it was read from.
  let end: Int

  /// The elements of `value` when it is a tuple.
  func tuple(_ value: PickleValue) -> [PickleValue]? {
    guard case .object(let index) = value, objects[index].kind == .tuple else { return nil }
    return objects[index].elements
  }

  func global(_ value: PickleValue) -> PickleGlobal? {
    guard case .global(let index) = value else { return nil }
    return globals[index]
  }
}
