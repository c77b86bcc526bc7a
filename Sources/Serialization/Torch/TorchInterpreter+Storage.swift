import Platform

extension TorchInterpreter {
  /// PyTorch's own limit of axes.
  private static let maximumRank = 64

  enum StorageMeaning {
    case known(TorchStorage)
    /// What to say of a tensor on it.
    case unreadable(TorchMeaning)
  }

  /// The storage that a reference out of the pickle names: `("storage", class, key, device, element
  /// count)`, in old files with `(key, offset, count)` of a view or nothing after it.
  func storage(_ value: PickleValue) -> StorageMeaning {
    guard let reference = reference(value), let elementCount = integer(reference.fields[4]) else {
      return .unreadable(.incomplete)
    }
    let storageClass = reference.storageClass
    let type = StoredElementType(torchStorage: storageClass.name)
    guard isTorch(storageClass), type != nil || storageClass.name == "UntypedStorage" else {
      return .unreadable(.unknownElements(storageClass))
    }
    var view: Range<Int>?
    if reference.fields.count > 5, reference.fields[5] != .none {
      guard let fields = pickle.tuple(reference.fields[5]), fields.count == 3,
        let offset = integer(fields[1]), let count = integer(fields[2]), offset >= 0, count >= 0,
        offset <= elementCount, count <= elementCount - offset
      else { return .unreadable(.unreadableTensor("is on a view that leaves its storage")) }
      view = offset..<offset + count
    }
    return .known(
      TorchStorage(key: reference.key, type: type, elementCount: elementCount, view: view))
  }

  /// The key of the storage that `value` refers to and the bytes of one of its elements, whether they
  /// can be read or not; nil when it is no storage or of an unknown type.
  func elementWidth(_ value: PickleValue) -> (key: String, byteCount: Int)? {
    guard let reference = reference(value), isTorch(reference.storageClass) else { return nil }
    return StoredElementType.byteCount(torchStorage: reference.storageClass.name).map {
      (reference.key, $0)
    }
  }

  private struct Reference {
    let storageClass: PickleGlobal
    let key: String
    /// All of them, five at least.
    let fields: [PickleValue]
  }

  private func reference(_ value: PickleValue) -> Reference? {
    guard case .object(let index) = value, pickle.objects[index].kind == .reference,
      let fields = pickle.tuple(pickle.objects[index].elements[0]), fields.count >= 5,
      fields[0] == .text("storage"), let storageClass = pickle.global(fields[1]),
      let key = text(fields[2])
    else { return nil }
    return Reference(storageClass: storageClass, key: key, fields: fields)
  }

  private func isTorch(_ storageClass: PickleGlobal) -> Bool {
    ["torch", "torch.cuda", "torch.storage"].contains(storageClass.module)
  }

  /// A list of two-element lists as keys and values in turns: how Python 2 wrote ordered
  /// dictionaries. Ends where something else comes, so that the work is never more than the result.
  func pairs(_ arguments: [PickleValue]) -> [PickleValue] {
    guard arguments.count == 1, case .object(let index) = arguments[0] else { return [] }
    let argument = pickle.objects[index]
    guard argument.kind != .dictionary else { return argument.elements }
    var items: [PickleValue] = []
    for element in argument.elements {
      guard case .object(let pair) = element, pickle.objects[pair].elements.count == 2 else {
        break
      }
      items += pickle.objects[pair].elements
    }
    return items
  }

  func integer(_ value: PickleValue) -> Int? {
    guard case .integer(let integer) = value else { return nil }
    return integer
  }

  private func text(_ value: PickleValue) -> String? {
    guard case .text(let text) = value else { return nil }
    return text
  }

  /// A tuple, list or `torch.Size` of whole numbers, as many as a tensor can have axes.
  func integers(_ value: PickleValue) -> [Int]? {
    guard case .object(let index) = value else { return nil }
    var elements = pickle.objects[index].elements
    if pickle.objects[index].kind == .call {
      guard pickle.global(elements[0])?.path == "torch.Size",
        let arguments = pickle.tuple(elements[1]), arguments.count == 1,
        let sizes = pickle.tuple(arguments[0])
      else { return nil }
      elements = sizes
    }
    guard elements.count <= Self.maximumRank else { return nil }
    let integers = elements.compactMap(integer)
    return integers.count == elements.count ? integers : nil
  }
}
