/// By whose rules a set of answers is scored.
public enum EvaluationProtocol: String, Codable, CaseIterable, Sendable {
  /// The usual rules of the data sets: class-wise accumulated mIoU, COCO AP over unfiltered
  /// detections, depth on 1 mm < truth < 10 m.
  case standard
  /// The rules InstructCV's own scripts were written to follow, for comparison with its tables
  /// only: mIoU averaged over images, detections cross-referenced with the ground truth before they
  /// are scored, depth wherever prediction and truth are positive.
  ///
  /// Where those scripts have a plain mistake (the depth mask that keeps only odd metres), this
  /// does what was meant; see the individual scores.
  case paper
}
