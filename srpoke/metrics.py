"""PSNR and SSIM of two pictures."""

import cv2
import numpy as np

EXACT = 100.0  # dB counted for an image restored without error: infinity would swallow every mean


def psnr(a: np.ndarray, b: np.ndarray) -> float:
    """RGB peak signal-to-noise ratio of two uint8 images in dB; EXACT at most."""
    return min(cv2.PSNR(a, b), EXACT)


def ssim(a: np.ndarray, b: np.ndarray) -> float:
    """Structural similarity (Wang et al. 2004) of two uint8 images, mean over pixels and channels.

    11 x 11 Gaussian window of sigma 1.5, population covariance, 5 px border left out (like
    scikit-image with gaussian_weights=True, use_sample_covariance=False). An axis too short for
    that border keeps its middle.
    """
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    a, b = a.astype(np.float64), b.astype(np.float64)

    def mean(image: np.ndarray) -> np.ndarray:
        return cv2.GaussianBlur(image, (11, 11), 1.5)

    mean_a, mean_b = mean(a), mean(b)
    variance = mean(a * a) - mean_a**2 + mean(b * b) - mean_b**2
    covariance = mean(a * b) - mean_a * mean_b
    similarity = (2 * mean_a * mean_b + c1) * (2 * covariance + c2)
    similarity /= (mean_a**2 + mean_b**2 + c1) * (variance + c2)
    top, left = (min(5, (size - 1) // 2) for size in similarity.shape[:2])
    return float(similarity[top : len(similarity) - top, left : similarity.shape[1] - left].mean())
