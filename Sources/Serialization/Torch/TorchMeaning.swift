import Platform

/// What a value of a pickle means to PyTorch.
enum TorchMeaning {
  /// Keys and values in turns.
  case dictionary([PickleValue])
  case sequence([PickleValue])
  case tensor(TorchTensor)
  /// A tensor of a kind that is not understood; the reason follows its name: "is ...", "has ...".
  case unreadableTensor(String)
  /// Nothing with a tensor in it: numbers, texts, and objects that only a running Python could make.
  case ignored

  static let incomplete = unreadableTensor("is described incompletely")

  static func unknownElements(_ type: PickleGlobal) -> TorchMeaning {
    unreadableTensor(
      "has elements of type \(quoted(type.path)), which can't be read; convert it to float32, "
        + "float16 or bfloat16")
  }
}
