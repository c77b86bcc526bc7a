import Foundation
import Platform

/// What a folder's small files say about tokens that the vocabulary doesn't: which one fills
/// sequences up, and which are found in the text before it is cut.
///
/// The rules are transformers' (4.44 and 5.24 agree, tried with folders of each kind): when
/// `tokenizer_config.json` has `added_tokens_decoder`, only that file counts. Otherwise
/// `special_tokens_map.json` goes before it, and `added_tokens.json` and the `added_tokens` of
/// `tokenizer.json` add to it.
struct TokenizerSettings {
  /// Tokens by their role, such as `pad_token`.
  private var roles: [String: StoredAddedToken] = [:]
  private var extras: [StoredAddedToken] = []
  /// Tokens that have ids.
  private var listed: [StoredAddedToken] = []
  private var isComplete = false
  private var folderPath: String?

  private static let roleNames = [
    "bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token",
  ]

  /// The defaults of a folder without any of the files.
  init() {}

  /// Reads the files that are there.
  ///
  /// - Throws: ``ReportableError`` naming the file.
  init(folder: URL) throws {
    folderPath = folder.path
    try read("tokenizer_config.json", in: folder)
    if !isComplete {
      try read("special_tokens_map.json", in: folder)
      try readAddedTokens(in: folder)
    }
  }

  private mutating func read(_ name: String, in folder: URL) throws {
    let path = folder.appendingPathComponent(name).path
    guard FileManager.default.fileExists(atPath: path) else { return }
    try CLIPTokenizer.readJSON(at: path) { scanner in
      var seen: Set<String> = []
      try scanner.object { scanner, key in
        guard seen.insert(key).inserted else {
          throw scanner.failure("\(quoted(key)) appears twice")
        }
        switch key {
        case _ where Self.roleNames.contains(key):
          if scanner.peek() == UInt8(ascii: "n") {
            try scanner.skipValue()
          } else {
            roles[key] = try StoredAddedToken(&scanner)
          }
        case "additional_special_tokens", "extra_special_tokens":
          guard scanner.peek() == UInt8(ascii: "[") else { return try scanner.skipValue() }
          try scanner.array { extras.append(try StoredAddedToken(&$0)) }
        case "added_tokens_decoder":
          isComplete = true
          try scanner.object { scanner, key in
            guard let id = Int(key), (0..<TokenTables.maximumCount).contains(id) else {
              throw scanner.failure("\(quoted(key)) is no token id")
            }
            var token = try StoredAddedToken(&scanner)
            token.id = id
            listed.append(token)
          }
        default: try scanner.skipValue()
        }
      }
    }
  }

  private mutating func readAddedTokens(in folder: URL) throws {
    let path = folder.appendingPathComponent("added_tokens.json").path
    guard FileManager.default.fileExists(atPath: path) else { return }
    let special = Set(roles.values.map(\.content))
    try CLIPTokenizer.readJSON(at: path) { scanner in
      try scanner.object { scanner, content in
        listed.append(
          try StoredAddedToken(
            content: content, id: StoredAddedToken.id(&scanner),
            isNormalized: !special.contains(content), &scanner))
      }
    }
  }

  /// Takes the `added_tokens` of a `tokenizer.json`, unless the settings are complete without.
  mutating func add(_ tokens: [StoredAddedToken]) {
    if !isComplete { listed += tokens }
  }

  /// The added tokens and those with a role, by id.
  struct Resolved {
    let startID: Int32
    let endID: Int32
    let padID: Int32
    let added: [AddedToken]
  }

  /// Looks the tokens up; those that nothing lists follow all others.
  ///
  /// - Parameter vocabulary: ids below ``TokenTables/maximumCount``.
  /// - Throws: ``ReportableError`` (`badData`) when the start or end token is not CLIP's, or a
  ///   token has two ids.
  func resolved(_ vocabulary: [String: Int]) throws -> Resolved {
    var ids = vocabulary
    var tokens: [AddedToken] = []
    func add(_ token: StoredAddedToken, id: Int) throws {
      guard ids.updateValue(id, forKey: token.content) ?? id == id else {
        throw ReportableError(
          .badData,
          "gives \(quoted(token.content)) two ids; fetch the tokenizer folder again",
          path: folderPath)
      }
      tokens.append(
        AddedToken(content: token.content, id: Int32(id), isNormalized: token.isNormalized))
    }
    for token in listed where !token.content.isEmpty {
      if let id = token.id { try add(token, id: id) }
    }
    guard let start = ids[CLIPTokenizer.startToken], let end = ids[CLIPTokenizer.endToken] else {
      throw ReportableError(
        .badData,
        "has no \(CLIPTokenizer.startToken) or no \(CLIPTokenizer.endToken); it is not a CLIP "
          + "vocabulary, take the vocab.json of the model's tokenizer folder")
    }
    var next = (ids.values.max() ?? 0) + 1
    // An empty token, as some files have for a role that isn't filled, is none.
    var known = Set(listed.map(\.content) + [""])
    for token in try namedTokens() + extras where known.insert(token.content).inserted {
      let id = ids[token.content] ?? next
      if id == next { next += 1 }
      try add(token, id: id)
    }
    let pad = roles["pad_token"].flatMap { ids[$0.content] } ?? end
    return Resolved(
      startID: Int32(start), endID: Int32(end), padID: Int32(pad), added: tokens)
  }

  /// The tokens with a role, the missing ones by CLIP's defaults. Of two roles of one token the
  /// later one's flag counts.
  private func namedTokens() throws -> [StoredAddedToken] {
    let defaults = [
      "bos_token": CLIPTokenizer.startToken, "eos_token": CLIPTokenizer.endToken,
      "unk_token": CLIPTokenizer.endToken, "pad_token": CLIPTokenizer.endToken,
    ]
    var result: [StoredAddedToken] = []
    for role in Self.roleNames {
      let fallback = defaults[role].map {
        StoredAddedToken(content: $0, id: nil, isNormalized: false)
      }
      guard let token = roles[role] ?? fallback else { continue }
      if role == "bos_token" || role == "eos_token", token.content != defaults[role] {
        throw ReportableError(
          .badData,
          "names \(quoted(token.content)) as \(role); CLIP's is \(defaults[role] ?? ""), take the "
            + "tokenizer folder of a CLIP text encoder", path: folderPath)
      }
      result.removeAll { $0.content == token.content }
      result.append(token)
    }
    return result
  }
}
