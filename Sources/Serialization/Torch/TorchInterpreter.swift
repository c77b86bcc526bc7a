import Platform

/// Tells tensors and the containers around them from everything else that a checkpoint holds, by
/// the names of the few functions that build them. All other names are only names.
///
/// Source: pytorch/pytorch, `torch/_utils.py` (`_rebuild_*`), `torch/_tensor.py`
/// (`_rebuild_from_type*`), `torch/serialization.py` (`persistent_load`).
struct TorchInterpreter {
  let pickle: Pickle

  /// Parameters around tensors around tensors; real ones are two or three deep.
  private static let maximumWrapping = 8

  private static let dictionaries: Set<String> = [
    "collections.OrderedDict", "collections.defaultdict", "builtins.dict", "__builtin__.dict",
  ]

  private static let understood: Set<String> = [
    "torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2",
    "torch._utils._rebuild_tensor_v3", "torch._utils._rebuild_parameter",
    "torch._utils._rebuild_parameter_with_state", "torch._tensor._rebuild_from_type",
    "torch._tensor._rebuild_from_type_v2", "torch.tensor._rebuild_from_type", "torch.Size",
    // Plain values that old protocols can only write as calls.
    "__builtin__.set", "__builtin__.frozenset", "builtins.set", "builtins.frozenset",
    "_codecs.encode",
  ]

  func meaning(of value: PickleValue) -> TorchMeaning { meaning(of: value, wrapping: 0) }

  private func meaning(of value: PickleValue, wrapping: Int) -> TorchMeaning {
    guard case .object(let index) = value else { return .ignored }
    let object = pickle.objects[index]
    switch object.kind {
    case .tuple, .list: return .sequence(object.elements)
    case .dictionary: return .dictionary(object.elements)
    case .set, .reference: return .ignored
    case .call:
      guard let function = pickle.global(object.elements[0])?.path,
        let arguments = pickle.tuple(object.elements[1])
      else { return .ignored }
      if Self.dictionaries.contains(function) {
        // Inside a tensor it is a mistake, and its items are not copied for that.
        return wrapping > 0 ? .ignored : .dictionary(pairs(arguments) + object.items)
      }
      return result(of: function, arguments, wrapping: wrapping)
    }
  }

  private func result(
    of function: String, _ arguments: [PickleValue], wrapping: Int
  ) -> TorchMeaning {
    guard wrapping < Self.maximumWrapping else {
      return .unreadableTensor("is wrapped more than \(Self.maximumWrapping) times")
    }
    switch function {
    // Every name here is also in `understood`.
    case "torch._utils._rebuild_tensor": return tensor(arguments, type: nil)
    case "torch._utils._rebuild_tensor_v2":
      return unresolvedView(arguments, metadataAt: 6) ?? tensor(arguments, type: nil)
    case "torch._utils._rebuild_tensor_v3":
      guard arguments.count > 6, let type = pickle.global(arguments[6]) else { return .incomplete }
      guard type.module == "torch", let known = StoredElementType(torchType: type.name) else {
        return .unknownElements(type)
      }
      return unresolvedView(arguments, metadataAt: 7) ?? tensor(arguments, type: known)
    case "torch._utils._rebuild_parameter", "torch._utils._rebuild_parameter_with_state":
      guard let data = arguments.first else { return .incomplete }
      return tensorMeaning(of: data, wrapping: wrapping + 1)
    case "torch._tensor._rebuild_from_type", "torch._tensor._rebuild_from_type_v2",
      "torch.tensor._rebuild_from_type":
      guard arguments.count > 2, let inner = pickle.global(arguments[0])?.path,
        let innerArguments = pickle.tuple(arguments[2])
      else { return .incomplete }
      return result(of: inner, innerArguments, wrapping: wrapping + 1)
    default:
      let isTensor = function.hasPrefix("torch._utils._rebuild_")
      return isTensor
        ? .unreadableTensor("is of a kind that only \(quoted(function)) can build") : .ignored
    }
  }

  /// What is inside a parameter must be a tensor.
  private func tensorMeaning(of value: PickleValue, wrapping: Int) -> TorchMeaning {
    switch meaning(of: value, wrapping: wrapping) {
    case .tensor(let tensor): .tensor(tensor)
    case .unreadableTensor(let reason): .unreadableTensor(reason)
    case .dictionary, .sequence, .ignored: .incomplete
    }
  }

  /// A reason when the tensor is a lazily negated or conjugated one.
  private func unresolvedView(_ arguments: [PickleValue], metadataAt index: Int) -> TorchMeaning? {
    guard arguments.count > index, case .object(let metadata) = arguments[index] else {
      return nil
    }
    return pickle.objects[metadata].elements.isEmpty
      ? nil : .unreadableTensor("is a conjugated or negated view; save it after .resolve_neg()")
  }

  /// The tensor of storage, offset, shape and strides.
  private func tensor(_ arguments: [PickleValue], type: StoredElementType?) -> TorchMeaning {
    guard arguments.count >= 4, let offset = integer(arguments[1]),
      let shape = integers(arguments[2]), let strides = integers(arguments[3])
    else { return .incomplete }
    switch storage(arguments[0]) {
    case .known(let storage):
      return .tensor(
        TorchTensor(
          storage: storage, type: type ?? storage.type ?? .uint8, offset: offset, shape: shape,
          strides: strides))
    case .unreadable(let meaning): return meaning
    }
  }

  /// The names of all functions and classes that are called and not understood, sorted.
  func ignoredCallables() -> [String] {
    var ignored: Set<Int> = []
    for object in pickle.objects {
      guard object.kind == .call, case .global(let index) = object.elements[0] else { continue }
      ignored.insert(index)
    }
    return ignored.map { pickle.globals[$0].path }
      .filter { !Self.understood.contains($0) && !Self.dictionaries.contains($0) }.sorted()
  }
}
