import Foundation
import Platform

extension CLIPTokenizer {
  /// Loads the `tokenizer` folder of a diffusers model, of any generation.
  ///
  /// - `tokenizer.json`, where there is one: today's transformers writes it alone, and reads it
  ///   before the other files where there are both (older ones wrote both only for
  ///   `CLIPTokenizerFast`, which made the same tokens of it). Its text is cleaned as
  ///   ``TextCleaning/fast``, by the library that wrote it.
  /// - Otherwise `vocab.json` with `merges.txt`: what the Python class wrote, and the authors'
  ///   software reads. Its text is cleaned as ``TextCleaning/ftfy``: their environments install ftfy
  ///   with openai/CLIP, and the class uses it wherever it is installed.
  ///
  /// `tokenizer_config.json`, `special_tokens_map.json` and `added_tokens.json` count where they
  /// change the ids: another padding token (Stable Diffusion 2's is `!`, which then is the token 0
  /// in texts, too), added tokens and how they are searched for. `model_max_length` doesn't: the
  /// text encoder's positions decide.
  ///
  /// Of `tokenizer.json` its model's vocabulary and merges and its `added_tokens` are used. Its
  /// normaliser, pre-tokenizer and post-processor are not, since transformers 5 puts CLIP's own in
  /// their place, whatever the file says (tried).
  ///
  /// - Parameter cleaning: whose treatment of the text to follow; nil chooses as above.
  /// - Throws: ``ReportableError`` naming the folder or the file.
  public init(folder: String, cleaning: TextCleaning? = nil) throws {
    let url = URL(fileURLWithPath: folder, isDirectory: true)
    func path(_ name: String) -> String {
      folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
    }
    var settings = try TokenizerSettings(folder: url)
    if FileManager.default.fileExists(atPath: path("tokenizer.json")) {
      let stored = try StoredTokenizer(path: path("tokenizer.json"))
      settings.add(stored.added)
      self.init(
        try stored.tables(settings, path: path("tokenizer.json")), cleaning: cleaning ?? .fast)
    } else if FileManager.default.fileExists(atPath: path("vocab.json")) {
      try self.init(
        vocabularyPath: path("vocab.json"), mergesPath: path("merges.txt"), settings: settings,
        cleaning: cleaning ?? .ftfy)
    } else {
      throw ReportableError(
        .missingInput,
        "has neither vocab.json with merges.txt nor tokenizer.json; copy the model's whole "
          + "tokenizer folder", path: folder)
    }
  }
}
