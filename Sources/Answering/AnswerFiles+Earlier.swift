import Imaging
import Platform

extension AnswerFiles {
  /// Checks that every file can be put in its place without replacing one of `inputs`.
  ///
  /// - Throws: ``ReportableError``: `usage` for an input, `inputOutput` for what is no file.
  public func checkPlaces(sparing inputs: Set<FileIdentity>) throws {
    for path in paths {
      if let identity = FileIdentity(path), inputs.contains(identity) {
        throw ReportableError(
          .usage, "is an input and would be replaced by an answer; choose another --output",
          path: path)
      }
      try Self.checkReplaceable(path)
    }
  }

  /// Checks that what is there already is an earlier answer to the same question.
  ///
  /// A picture may have changed since, or have moved; only one that differs in both is another one.
  ///
  /// - Throws: ``ReportableError`` (`usage`) naming the file that would be replaced.
  public func checkEarlier(
    _ job: AnswerJob, settings: AnswerSettings, model: AnswerRecord.Model
  ) throws {
    func refusal(_ complaint: String, _ path: String) -> ReportableError {
      ReportableError(
        .usage, "\(complaint); choose another --output, or replace it with --overwrite", path: path)
    }
    guard FileIdentity.isTaken(answer) else {
      // The answer is the first that is written, so without it the others are someone else's.
      if let path = paths.first(where: { FileIdentity.isTaken($0) }) {
        throw refusal("is there already and belongs to no answer", path)
      }
      return
    }
    guard let earlier = try? AnswerRecord.read(answer) else {
      throw refusal("is there already and is no answer that this program can read", answer)
    }
    if earlier.instruction != job.instruction {
      throw refusal("is an answer to another instruction", answer)
    }
    if earlier.settings != settings { throw refusal("is an answer with other settings", answer) }
    if earlier.model.digest != model.digest {
      throw refusal("is an answer by another model", answer)
    }
    // A picture that can't be read fails by itself and replaces nothing.
    if FileIdentity(earlier.input.path) != FileIdentity(job.image),
      let picture = try? PictureFile.read(job.image),
      earlier.input.digest != ContentDigest.of(picture)
    {
      throw refusal("is an answer about another picture (\(quoted(earlier.input.path)))", answer)
    }
  }
}
