"""House tests share one module; the import mode gives test folders no place on the path."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
